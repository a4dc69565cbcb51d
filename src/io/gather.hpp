// Any layout and byte order to the one the engine reads: dense C order, native, aligned.
#pragma once
#include <functional>

#include "io/tensor.hpp"

namespace tconv::io {

// Whether the elements lie dense in C order, in native byte order and aligned to their size.
bool is_gathered(const Tensor& tensor);

// The same elements so, sharing the bytes where they lie so already. Fails with TooLarge.
Result<Tensor> gathered(const Tensor& tensor);

// Writes them so; `to` has room for all of them.
void gather_into(const Tensor& tensor, std::byte* to);

// Hands them over so in pieces: `count` elements, the first of which is number `first` in C order.
// The pieces are short, come in no particular order, and are gone after the call.
using TakePiece =
    std::function<void(const std::byte* piece, std::int64_t first, std::int64_t count)>;
void gather_pieces(const Tensor& tensor, const TakePiece& take);

}  // namespace tconv::io
