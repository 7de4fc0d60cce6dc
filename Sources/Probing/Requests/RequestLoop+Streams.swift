internal import Model
internal import Sockets

extension RequestLoop {
    /// Makes the streams those of `tasks`: what is equal goes on undisturbed, the rest ends or starts.
    func reconcile(_ tasks: [RequestTask]) {
        var wanted: [ProbeID: RequestTask] = [:]
        for task in tasks { wanted[task.id] = task }
        prepare(for: tasks)
        for (id, place) in places where wanted[id] != streams[place].task {
            // A changed task counts on where the old one ended.
            let next = streams[place].nextSequence
            remove(place)
            if let task = wanted[id] { add(task, firstSequence: next) }
        }
        for task in tasks where places[task.id] == nil {
            guard let chosen = wanted[task.id] else { continue }
            add(chosen, firstSequence: 0)
        }
    }

    /// Reads what handshakes need before the clock of a request starts. What is under way then has waited.
    private func prepare(for tasks: [RequestTask]) {
        let begun = SystemClock.monotonic()
        TrustRoots.shared.prepare(for: tasks)
        let end = SystemClock.monotonic()
        now = end.nanoseconds
        guard end - begun > Self.notice else { return }
        for attempt in streams.compactMap(\.attempt) {
            attempt.waited += end - begun
            attempt.isSpoiled = true
        }
    }

    /// A single request, at once.
    func ask(_ task: RequestTask, _ completion: @escaping @Sendable (Outcome) -> Void) {
        prepare(for: [task])
        let cadence = Cadence(interval: 86_400_000_000_000, phase: 0, now: now)
        let stream = Stream(task: task, cadence: cadence, nextSequence: 0, completion: completion)
        let place = freePlaces.popLast() ?? streams.count
        if place < streams.count { streams[place] = stream } else { streams.append(stream) }
        begin(place)
    }

    /// The stream of a single request has done its work.
    func release(_ place: Int) {
        streams[place].isActive = false
        streams[place].completion = nil
        due.remove(place)
        freePlaces.append(place)
    }

    private func add(_ task: RequestTask, firstSequence: UInt64) {
        let interval = max(1_000_000, task.interval.nanoseconds)
        let phase = task.phase?.nanoseconds ?? Cadence.phase(ofStream: task.id.rawValue, interval: interval)
        let cadence = Cadence(interval: interval, phase: phase, now: now)
        let stream = Stream(task: task, cadence: cadence, nextSequence: firstSequence)
        let place = freePlaces.popLast() ?? streams.count
        if place < streams.count { streams[place] = stream } else { streams.append(stream) }
        places[task.id] = place
        due.set(place, to: cadence.next)
    }

    /// Ends a stream; what is open becomes `.invalid(.cancelled)`.
    func remove(_ place: Int) {
        guard streams[place].isActive else { return }
        streams[place].attempt?.cancel()
        // A single request is released by its end.
        guard streams[place].isActive else { return }
        places[streams[place].task.id] = nil
        streams[place].isActive = false
        due.remove(place)
        deadlines.remove(place)
        freePlaces.append(place)
    }
}
