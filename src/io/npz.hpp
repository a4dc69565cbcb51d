// .npz archives, as numpy.savez and numpy.savez_compressed write them: a zip of .npy files.
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "io/members.hpp"
#include "io/tensor.hpp"
#include "support/file.hpp"

namespace tconv::io {

// The member `name.npy`; an empty name means the only one. A stored one stays where it is, in the
// file's bytes; a deflated one is unpacked once its own header is known to fit. The checksum is
// held against the bytes. Fails with Usage where no member has the name, Unsupported for entries
// encrypted or packed in other ways, and as read_npy() does.
Result<Tensor> read_npz(const support::MappedFile& file, const std::string& name,
                        std::string_view member, bool void2_is_bfloat16);

// Every .npy in it; bfloat16 is what two raw bytes are. Fails with Input.
Result<std::vector<Member>> npz_members(const support::MappedFile& file, const std::string& name);

// How numpy.savez names an array that was given no name.
inline constexpr std::string_view kNpzDefaultMember = "arr_0";

// The bytes before and after an .npy file that make it the one member of an archive.
struct NpzFrame {
  std::string before{}, after{};
};

// `pieces`, one after the other, are that .npy file. It is stored, at a multiple of 64 bytes, so
// that whoever maps the archive finds its elements aligned; nothing in the frame depends on time
// or place. Fails with Usage where the name is too long.
Result<NpzFrame> npz_frame(std::string_view member, std::span<const std::string_view> pieces);

}  // namespace tconv::io
