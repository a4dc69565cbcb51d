// XXH3, compiled in: a library to load would cost every start of the program its time.
#include "support/digest.hpp"

#include <fmt/format.h>

#include <new>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace tconv::support {
namespace {

std::string hex_of(XXH128_hash_t hash) {
  return fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
}

}  // namespace

struct Digest::State {
  XXH3_state_t xxh{};
};

void Digest::Free::operator()(State* state) const { delete state; }

Digest::Digest() : state_(new State) { XXH3_128bits_reset(&state_->xxh); }

Digest& Digest::add(std::string_view bytes) {
  XXH3_128bits_update(&state_->xxh, bytes.data(), bytes.size());
  return *this;
}

Digest& Digest::add_field(std::string_view bytes) {
  const std::uint64_t size = bytes.size();
  add({reinterpret_cast<const char*>(&size), sizeof size});
  return add(bytes);
}

std::string Digest::hex() const { return hex_of(XXH3_128bits_digest(&state_->xxh)); }

std::string digest_of(std::string_view bytes) {
  return hex_of(XXH3_128bits(bytes.data(), bytes.size()));
}

}  // namespace tconv::support
