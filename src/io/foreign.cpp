// Formats known by name or by their first bytes, each with the way to an .npy file.
#include "io/foreign.hpp"

#include <fmt/format.h>

#include <array>

namespace tconv::io {
namespace {

struct Format {
  std::string_view extension{};
  std::string_view description{};
  std::string_view way_out{};
};

constexpr std::string_view kFromTorch = "numpy.save(\"w.npy\", tensor.detach().numpy())";
constexpr std::string_view kFromKeras = "numpy.save(\"w.npy\", layer.get_weights()[0])";

constexpr std::array kFormats{
    Format{".pt", "a PyTorch checkpoint, which is a pickle", kFromTorch},
    Format{".pth", "a PyTorch checkpoint, which is a pickle", kFromTorch},
    Format{".h5", "an HDF5 file", kFromKeras},
    Format{".keras", "a Keras model", kFromKeras},
    Format{".pkl", "a pickle", "numpy.save(\"w.npy\", a)"},
};

struct Signature {
  std::string_view bytes{};
  std::string_view description{};
  std::string_view way_out{};
};

constexpr std::array kSignatures{
    Signature{"\x89HDF", "an HDF5 file", kFromKeras},
    Signature{"\x80\x02", "a pickle", "numpy.save(\"w.npy\", a)"},
    Signature{"\x80\x03", "a pickle", "numpy.save(\"w.npy\", a)"},
    Signature{"\x80\x04", "a pickle", "numpy.save(\"w.npy\", a)"},
    Signature{"\x80\x05", "a pickle", "numpy.save(\"w.npy\", a)"},
    Signature{"\x1f\x8b", "compressed with gzip", "gzip -dc FILE | tconv ... -x -"},
    Signature{"\x89PNG", "a PNG picture", "numpy.save(\"x.npy\", numpy.asarray(image))"},
    Signature{"\xff\xd8\xff", "a JPEG picture", "numpy.save(\"x.npy\", numpy.asarray(image))"},
};

Error refused(const std::string& where, std::string_view description, std::string_view way_out) {
  return {.code = ErrorCode::Unsupported,
          .where = where,
          .what = fmt::format(
              "is {}; this version reads .npy, .npz, .safetensors, .onnx, JSON and makers "
              "such as ones:3,3",
              description),
          .hint = std::string(way_out)};
}

}  // namespace

std::optional<Error> foreign_name(const std::string& argument) {
  for (const Format& format : kFormats) {
    const bool member = argument.find(std::string(format.extension) + ':') != std::string::npos;
    if (member || argument.ends_with(format.extension)) {
      return refused(argument, format.description, format.way_out);
    }
  }
  return std::nullopt;
}

std::optional<Error> foreign_bytes(std::string_view bytes, const std::string& name) {
  for (const Signature& signature : kSignatures) {
    if (!bytes.starts_with(signature.bytes)) continue;
    return refused(name, signature.description, signature.way_out);
  }
  return std::nullopt;
}

}  // namespace tconv::io
