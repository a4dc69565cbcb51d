// Digests of bytes, to tell whether something is still what it was. Not for secrets: XXH3 of 128
// bits, which is as fast as memory.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace tconv::support {

class Digest {
 public:
  Digest();
  Digest& add(std::string_view bytes);
  // With its length, so that what follows cannot be taken for a part of it.
  Digest& add_field(std::string_view bytes);
  std::string hex() const;  // 32 digits

 private:
  struct State;
  struct Free {
    void operator()(State* state) const;
  };
  std::unique_ptr<State, Free> state_;
};

std::string digest_of(std::string_view bytes);

}  // namespace tconv::support
