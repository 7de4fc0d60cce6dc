/// What is due when: a heap of stream numbers by time, each at most once. Every entry has four children, so that a
/// thousand streams are five levels deep and each level is one line of cache. Nothing is allocated once every stream
/// has been in it.
struct DueQueue {
    private struct Entry {
        var time: Int64
        var stream: Int32
    }

    private var entries: ContiguousArray<Entry> = []
    /// Place of each stream in the heap; -1 when absent.
    private var places: ContiguousArray<Int32> = []

    var isEmpty: Bool { entries.isEmpty }
    var count: Int { entries.count }

    /// The earliest entry.
    var first: (time: Int64, stream: Int)? {
        entries.isEmpty ? nil : (entries[0].time, Int(entries[0].stream))
    }

    func time(of stream: Int) -> Int64? {
        guard stream < places.count, places[stream] >= 0 else { return nil }
        return entries[Int(places[stream])].time
    }

    /// Enters the stream, moves it, or with nil removes it.
    mutating func set(_ stream: Int, to time: Int64?) {
        guard let time else { return remove(stream) }
        while places.count <= stream { places.append(-1) }
        let place = Int(places[stream])
        let entry = Entry(time: time, stream: Int32(stream))
        if place < 0 {
            entries.append(entry)
            rise(entry, from: entries.count - 1)
        } else if time < entries[place].time {
            rise(entry, from: place)
        } else if time > entries[place].time {
            sink(entry, from: place)
        }
    }

    mutating func remove(_ stream: Int) {
        guard stream < places.count, places[stream] >= 0 else { return }
        let place = Int(places[stream])
        places[stream] = -1
        let last = entries.removeLast()
        guard place < entries.count else { return }
        if last.time < entries[place].time { rise(last, from: place) } else { sink(last, from: place) }
    }

    private mutating func rise(_ entry: Entry, from start: Int) {
        var place = start
        while place > 0 {
            let parent = (place - 1) / 4
            guard entry.time < entries[parent].time else { break }
            put(entries[parent], at: place)
            place = parent
        }
        put(entry, at: place)
    }

    private mutating func sink(_ entry: Entry, from start: Int) {
        var place = start
        let count = entries.count
        while true {
            let first = 4 * place + 1
            guard first < count else { break }
            var least = first
            for child in first + 1..<max(first + 1, min(first + 4, count))
            where entries[child].time < entries[least].time { least = child }
            guard entries[least].time < entry.time else { break }
            put(entries[least], at: place)
            place = least
        }
        put(entry, at: place)
    }

    private mutating func put(_ entry: Entry, at place: Int) {
        entries[place] = entry
        places[Int(entry.stream)] = Int32(place)
    }
}
