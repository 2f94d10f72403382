#if CLI
import CTrackingSystemd
import ClassTracking
import Glibc
import SystemPackage

/// The records in the systemd journal, read with libsystemd.
final class JournalSource {
    private let journal: OpaquePointer
    private let report: (String) -> Void

    /// Opens the journal.
    ///
    /// - Parameters:
    ///   - directory: A directory of journal files, such as those that systemd-journal-remote collects; `nil` is the journal
    ///     of this machine.
    ///   - unit: The unit of the records; `nil` is any.
    ///   - kinds: The kinds of the records.
    ///   - report: Takes problems of entries.
    /// - Throws: `CommandFailure` if there is no journal, or none that this user may read.
    init(
        directory: String?,
        unit: String?,
        kinds: [Record.Kind] = Record.Kind.allCases,
        report: @escaping (String) -> Void
    ) throws(CommandFailure) {
        var opened: OpaquePointer?
        let error =
            if let directory {
                sd_journal_open_directory(&opened, directory, 0)
            } else {
                sd_journal_open(&opened, Int32(SD_JOURNAL_LOCAL_ONLY))
            }
        guard error >= 0, let opened else { throw JournalAccess.failure(directory: directory, error: error) }
        journal = opened
        self.report = report
        // Before a match is added, there is a first entry if any file could be opened.
        guard sd_journal_seek_head(journal) >= 0, sd_journal_next(journal) > 0 else {
            throw JournalAccess.failure(directory: directory, error: 0)
        }
        select(unit, kinds)
    }

    deinit {
        sd_journal_close(journal)
    }

    private func select(_ unit: String?, _ kinds: [Record.Kind]) {
        // systemd itself writes these fields. Both together are what `journalctl -u` and `--user-unit` select.
        let fields = unit == nil ? [nil] : ["_SYSTEMD_UNIT", "_SYSTEMD_USER_UNIT"]
        for field in fields {
            for kind in kinds { match("\(JournalFields.prefix)RECORD=\(kind.rawValue)") }
            if let field, let unit { match("\(field)=\(unit.contains(".") ? unit : unit + ".service")") }
            sd_journal_add_disjunction(journal)
        }
    }

    private func match(_ match: String) {
        _ = match.withCString { sd_journal_add_match(journal, $0, match.utf8.count) }
    }

    // MARK: Moving

    /// Moves to before the first record.
    func seekToBegin() { sd_journal_seek_head(journal) }

    /// Moves to before the last records.
    func seekToLast(_ count: Int) {
        sd_journal_seek_tail(journal)
        // One further back, since `sd_journal_next` moves onto the first record.
        let skipped = sd_journal_previous_skip(journal, UInt64(count) + 1)
        // With fewer records than requested, the position is the head; nothing ever follows the tail.
        if skipped <= count { sd_journal_seek_head(journal) }
    }

    /// Moves to before the records of the last seconds.
    func seek(back seconds: Double) {
        let now = SystemClock.wall.seconds.rounded(.down)
        sd_journal_seek_realtime_usec(journal, UInt64(max(0, now - seconds) * 1e6))
    }

    /// Passes on all records after the position that exist now.
    func drain(_ body: (StoredRecord) -> Void) throws(CommandFailure) {
        while true {
            let moved = sd_journal_next(journal)
            if moved < 0 { throw JournalAccess.readFailure(moved) }
            if moved == 0 { return }
            let fields = fields()
            switch fields.stored() {
            case .success(let stored): body(stored)
            case .failure(.unknown): break
            case .failure(.damaged(let reason)): report("journal: an entry of \(when(fields)): \(reason); skipped")
            }
        }
    }

    /// Waits until an entry is written, or for so long at most.
    func wait(milliseconds: UInt64) throws(CommandFailure) {
        let event = sd_journal_wait(journal, milliseconds * 1000)
        if event < 0 { throw JournalAccess.readFailure(event) }
    }

    private func fields() -> JournalFields {
        var fields = JournalFields()
        sd_journal_restart_data(journal)
        var data: UnsafeRawPointer?
        var length = 0
        while sd_journal_enumerate_available_data(journal, &data, &length) > 0 {
            guard let data else { continue }
            fields.add(String(decoding: UnsafeRawBufferPointer(start: data, count: length), as: UTF8.self))
        }
        return fields
    }

    private func when(_ fields: JournalFields) -> String {
        var microseconds: UInt64 = 0
        guard sd_journal_get_realtime_usec(journal, &microseconds) >= 0 else { return "unknown time" }
        return WallTime(Double(microseconds) / 1e6).fullTenths
    }
}
#endif
