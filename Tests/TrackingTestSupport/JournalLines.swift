package import TrackingRecords

extension Record {
    /// The fields of the record's journal entry, `NAME=value` each, with a count of entries as the sink adds it.
    package var journalLines: [String] {
        var writer = FieldWriter(style: .journal)
        writer.begin()
        writer.integer("seq", 99)
        writeFields(to: &writer, sequenceKey: "record_seq")
        return String(decoding: writer.bytes, as: UTF8.self).split(separator: "\n").map(String.init)
    }
}
