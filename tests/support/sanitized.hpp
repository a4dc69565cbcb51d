// Whether this is a sanitized build, in which what counts millions of elements takes minutes.
#pragma once

namespace tconv::tests {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif

}  // namespace tconv::tests
