/// What is due when: a binary heap of stream numbers by time, each at most once. Moving or removing an entry costs
/// a walk of the heap's height; nothing is allocated once every stream has been in it.
struct DueQueue {
    private var times: ContiguousArray<Int64> = []
    private var streams: ContiguousArray<Int32> = []
    /// Place of each stream in the heap; -1 when absent.
    private var places: ContiguousArray<Int32> = []

    var isEmpty: Bool { streams.isEmpty }
    var count: Int { streams.count }

    /// The earliest entry.
    var first: (time: Int64, stream: Int)? {
        streams.isEmpty ? nil : (times[0], Int(streams[0]))
    }

    func time(of stream: Int) -> Int64? {
        guard stream < places.count, places[stream] >= 0 else { return nil }
        return times[Int(places[stream])]
    }

    /// Enters the stream, moves it, or with nil removes it.
    mutating func set(_ stream: Int, to time: Int64?) {
        guard let time else { return remove(stream) }
        while places.count <= stream { places.append(-1) }
        let place = Int(places[stream])
        if place < 0 {
            times.append(time)
            streams.append(Int32(stream))
            places[stream] = Int32(streams.count - 1)
            rise(streams.count - 1)
        } else {
            let old = times[place]
            times[place] = time
            if time < old { rise(place) } else if time > old { sink(place) }
        }
    }

    mutating func remove(_ stream: Int) {
        guard stream < places.count, places[stream] >= 0 else { return }
        let place = Int(places[stream])
        places[stream] = -1
        let lastTime = times.removeLast()
        let lastStream = streams.removeLast()
        guard place < streams.count else { return }
        let old = times[place]
        times[place] = lastTime
        streams[place] = lastStream
        places[Int(lastStream)] = Int32(place)
        if lastTime < old { rise(place) } else { sink(place) }
    }

    private mutating func rise(_ start: Int) {
        var place = start
        let time = times[place]
        let stream = streams[place]
        while place > 0 {
            let parent = (place - 1) / 2
            guard time < times[parent] else { break }
            put(times[parent], streams[parent], at: place)
            place = parent
        }
        put(time, stream, at: place)
    }

    private mutating func sink(_ start: Int) {
        var place = start
        let time = times[place]
        let stream = streams[place]
        while true {
            var child = 2 * place + 1
            guard child < streams.count else { break }
            if child + 1 < streams.count, times[child + 1] < times[child] { child += 1 }
            guard times[child] < time else { break }
            put(times[child], streams[child], at: place)
            place = child
        }
        put(time, stream, at: place)
    }

    private mutating func put(_ time: Int64, _ stream: Int32, at place: Int) {
        times[place] = time
        streams[place] = stream
        places[Int(stream)] = Int32(place)
    }
}
