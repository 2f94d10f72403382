import SystemPackage
import TrackingRecords

extension RollingFileWriter {
    /// Opens the active file and writes its header, after removing rotated files if necessary.
    mutating func open() throws(FileSinkError) {
        // The directory may have been replaced while no file could be opened in it.
        if let isCurrent = directory?.isCurrent, !isCurrent { directory = nil }
        if directory == nil { directory = try SafeDirectory(for: configuration.path) }
        try adoptLeftovers()
        try prune(keeping: configuration.keep)
        try openActive()
        if let size = file?.size, size > 0, size + FieldWriter.capacity * 2 > maximumBytes {
            try rotate()
            try openActive()
        }
        try appendHeader()
        directory?.sync()
    }

    private mutating func openActive() throws(FileSinkError) {
        guard directory != nil else { return }
        do throws(FileSinkError) {
            file = try directory?.openForAppending(activeName)
        } catch {
            guard case .busy(let path) = error, activeName == name.active else { throw error }
            activeName = name.forProcess(process)
            book.report(.warning, "\(path): another process writes it; this one writes \(activePath)")
            file = try directory?.openForAppending(activeName)
        }
        book.setDestination(activePath)
        opened(isTorn: file?.isTorn ?? false)
    }

    /// Moves the active file away by one rename, and removes rotated files if necessary.
    mutating func rotate() throws(FileSinkError) {
        guard file != nil else { return }
        seal()
        sync()
        // A failed sync has closed the file; its content stays in place until it is opened again.
        guard file != nil else {
            throw .failed(operation: "rotating", path: activePath, errno: .ioError)
        }
        try moveAside(activeName)
        file = nil
        try prune(keeping: configuration.keep)
        directory?.sync()
    }

    private mutating func moveAside(_ oldName: String) throws(FileSinkError) {
        var number = try pool().last.map { $0.rotated.number + 1 } ?? 1
        while try directory?.rename(oldName, to: name.rotated(number: number, time: rotationTime)) == false {
            number += 1
        }
    }

    /// Turns files of ended processes that had to use a name of their own into rotated files.
    private mutating func adoptLeftovers() throws(FileSinkError) {
        let names = name
        let own = activeName
        let leftovers = try directory?.entries { names.parseProcess($0) != nil && $0 != own } ?? []
        for leftover in leftovers {
            // The lock alone tells whether the process lives, because identifiers are reused. An empty file, of a
            // process that was killed before it wrote the header, would not load.
            guard let file = try? directory?.openForAppending(leftover.name), file.size > 0 else { continue }
            try moveAside(leftover.name)
            _ = consume file
        }
    }

    private func pool() throws(FileSinkError) -> [(entry: SafeDirectory.Entry, rotated: RollingFileName.Rotated)] {
        let names = name
        let entries = try directory?.entries { names.parseRotated($0) != nil } ?? []
        return entries.compactMap { entry in names.parseRotated(entry.name).map { (entry, $0) } }
            .sorted { ($0.rotated.number, $0.rotated.time) < ($1.rotated.number, $1.rotated.time) }
    }

    /// Removes the oldest rotated files until their number, their bytes and their age are within bounds.
    func prune(keeping keep: Int) throws(FileSinkError) {
        let files = try pool()
        let oldest = configuration.maximumAge.map { Int(rotationTime - $0.inSeconds) } ?? .min
        var bytes = files.reduce(0) { $0 + $1.entry.size }
        for (index, file) in files.enumerated() {
            let isExcess = files.count - index > keep || bytes > configuration.maximumBytes * keep
            guard isExcess || file.entry.modified < oldest else { continue }
            try directory?.remove(file.entry.name)
            bytes -= file.entry.size
        }
    }
}
