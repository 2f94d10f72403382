#ifndef CT_PROTECTION_INTERNAL_H
#define CT_PROTECTION_INTERNAL_H

// Words and code of others in pages that cannot be written: all that changes their protection is here.
//
// The loader makes what it has relocated read-only (PT_GNU_RELRO): import slots, and the metadata of classes that the
// compiler has specialised beforehand, such as `_ContiguousArrayStorage<Int>`. Such a page is made writable for one store.
// While one thread has it open another one must not find it writable and then closed, so that all take one lock, those of
// other copies of the tracker in the process as well.

#include <link.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#pragma GCC visibility push(hidden)

/// Takes note of the pages that the loader has made read-only, where libraries have come or gone since.
///
/// To be called before `ct_exchange_word`, where libraries may have come. The loader's lock is taken, so that this is not for a thread
/// that only creates an object: it may hold what another one waits for that has the loader's lock.
void ct_note_protection(void);

/// Exchanges a word, if it is still the expected one, whose page is made writable for that moment where the loader has made it
/// read-only. The object that it lies in cannot be unloaded meanwhile. The loader's lock is not taken.
///
/// - Parameter expected: Receives what is there instead.
/// - Returns: 0; EAGAIN where another word is there; or why the page cannot be written.
int ct_exchange_word(_Atomic uintptr_t *place, uintptr_t *expected, uintptr_t value);

/// The same in an object that the loader shows at this moment.
int ct_exchange_word_within(
    const struct dl_phdr_info *image, _Atomic uintptr_t *place, uintptr_t *expected, uintptr_t value);

/// Whether a word that may be gone lies where `ct_exchange_word` can write; within `ct_with_loader`.
int ct_can_exchange(void *place);

/// Maps code at an address of our choice; `bytes` are whole pages.
///
/// - Returns: 0, or an errno: EEXIST where something is mapped there.
int ct_map_code(uint8_t *address, const uint8_t *code, size_t bytes);

/// Changes code in one store.
///
/// - Returns: Whether it is there now.
int ct_change_code(uint8_t *place, const uint8_t *bytes, size_t count);

#pragma GCC visibility pop

#endif
