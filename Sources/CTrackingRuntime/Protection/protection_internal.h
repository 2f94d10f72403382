#ifndef CT_PROTECTION_INTERNAL_H
#define CT_PROTECTION_INTERNAL_H

// Changes words and code in pages that cannot be written. All changes of page protection are in this folder.
//
// The loader makes the words that it has relocated read-only (PT_GNU_RELRO): import slots, and the metadata of classes
// that the compiler has specialized, such as `_ContiguousArrayStorage<Int>`. Such a page is made writable for one
// store. While one thread has it writable, another one must not find it writable and have it protected before its own
// store, so all threads take one lock, including those of other copies of the tracker in the process.

#include <link.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#pragma GCC visibility push(hidden)

/// Records the pages that the loader has made read-only, if libraries were loaded or unloaded since.
///
/// Call before `ct_exchange_word`, if libraries may have been loaded. It takes the loader's lock, so a thread that only
/// creates an object must not call it: that thread may hold a lock for which the holder of the loader's lock waits.
void ct_note_protection(void);

/// Exchanges a word if it still has the expected value, and makes its page writable for the store if the loader has
/// made it read-only. The object that contains it must not be unloaded meanwhile. The loader's lock is not taken.
///
/// - Parameter expected: Receives the actual value.
/// - Returns: 0; EAGAIN if the word has another value; or the reason why the page cannot be written.
int ct_exchange_word(_Atomic uintptr_t *place, uintptr_t *expected, uintptr_t value);

/// Exchanges a word in an object for which the loader is calling back.
int ct_exchange_word_within(
    const struct dl_phdr_info *image, _Atomic uintptr_t *place, uintptr_t *expected, uintptr_t value);

/// Indicates whether `ct_exchange_word` can write a word that may be unmapped. Call within `ct_with_loader`.
int ct_can_exchange(void *place);

/// Maps code at a given address; `bytes` are whole pages.
///
/// - Returns: 0, or an errno: EEXIST if the address is in use.
int ct_map_code(uint8_t *address, const uint8_t *code, size_t bytes);

/// Changes code in one store.
///
/// - Returns: Whether the change was made.
int ct_change_code(uint8_t *place, const uint8_t *bytes, size_t count);

#pragma GCC visibility pop

#endif
