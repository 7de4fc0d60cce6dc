internal import Model
internal import Sockets
internal import Wire

extension EngineLoop {
    /// Makes the streams those of `tasks`: what is equal goes on undisturbed, the rest ends or starts.
    func reconcile(_ tasks: [ProbeTask]) {
        gate.prune(now: now)
        var wanted: [ProbeID: ProbeTask] = [:]
        wanted.reserveCapacity(tasks.count)
        for task in tasks { wanted[task.id] = task }
        for (id, place) in places where wanted[id] != streams[place].task {
            // A changed task counts on where the old one ended.
            let next = streams[place].ring.next
            remove(place)
            if let task = wanted[id] { add(task, firstSequence: next) }
        }
        for task in tasks where places[task.id] == nil {
            guard let chosen = wanted[task.id] else { continue }
            add(chosen, firstSequence: 0)
        }
    }

    private func add(_ task: ProbeTask, firstSequence: UInt64) {
        let place: Int
        if let free = freePlaces.popLast() {
            place = free
        } else {
            place = streams.count
        }
        let generation = place < streams.count ? streams[place].generation : 0
        let stream = EngineStream(
            task: task,
            generation: generation,
            firstSequence: firstSequence,
            transport: makeTransport(task, place),
            now: now
        )
        if place < streams.count { streams[place] = stream } else { streams.append(stream) }
        if case .icmp(let channel) = stream.transport {
            channels.reserve(channel, openProbes: stream.ring.capacity)
        }
        places[task.id] = place
        due.set(place, to: stream.cadence.next)
    }

    private func makeTransport(_ task: ProbeTask, _ place: Int) -> EngineStream.Transport {
        switch task.kind {
        case .icmpEcho:
            .icmp(channels.enter(family: task.destination.family, pin: task.pin))
        case .tcpConnect:
            // What dies on the way is no round trip.
            .tcp(
                TCPFlow(
                    task,
                    ports: ports,
                    witness: task.ttl == nil ? witness : nil,
                    ear: ears.ear(for: task, capabilities, epoll)
                )
            )
        case .stamp, .ike:
            .datagram(DatagramFlow(task, ports: ports))
        }
    }

    /// Ends a stream; what is open becomes `.invalid(.cancelled)`.
    func remove(_ place: Int) {
        guard streams[place].isActive else { return }
        streams[place].ring.cancel(at: now, .cancelled)
        takeSettled(place)
        switch streams[place].transport {
        case .icmp(let channel):
            channels.leave(channel, openProbes: streams[place].ring.capacity)
        case .tcp(let flow):
            flow.close()
        case .datagram(let flow):
            flow.close()
        case .none: break
        }
        places[streams[place].task.id] = nil
        streams[place].transport = .none
        streams[place].isActive = false
        streams[place].generation &+= 1
        // The memory of the ring goes with the stream.
        streams[place].ring = ProbeRing(capacity: 1)
        due.remove(place)
        deadlines.remove(place)
        freePlaces.append(place)
    }
}
