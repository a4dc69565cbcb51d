// The ways a framework has of writing a layer, as far as sizes go: what a search over many layers
// goes through. Along one axis a form says what its numbers come to, by the functions that lowering
// calls; what the framework refuses only its `lower` knows.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "frameworks/arguments.hpp"
#include "frameworks/assemble.hpp"
#include "tconv/layer.hpp"
#include "tconv/problem.hpp"

namespace tconv::frameworks {

struct Form;

// The numbers of one axis.
struct AxisChoice {
  std::int64_t kernel = 1, stride = 1, dilation = 1;
  Arguments::Pair pads{};                        // in the framework's own sense
  std::optional<std::int64_t> output_padding{};  // absent: not said
  friend bool operator==(const AxisChoice& a, const AxisChoice& b) {
    return a.kernel == b.kernel && a.stride == b.stride && a.dilation == b.dilation &&
           a.pads.low == b.pads.low && a.pads.high == b.pads.high &&
           a.output_padding == b.output_padding;
  }
};

// What a form makes of an axis.
struct FormAxis {
  Direction direction = Direction::Forward;
  Axis axis{};
};

// A whole layer to write: one choice an axis.
struct FormLayer {
  std::span<const AxisChoice> axes{};
  std::span<const std::int64_t> output{};  // for forms that say their output's size
  std::int64_t in_channels = 1, out_channels = 1;
};

enum class FormPads {
  None,    // a word says it all
  Even,    // one number for both ends
  Pairs,   // a number for each end
  Uneven,  // pairs too; but where both are equal another form says it with one number
};

enum class FormOutputPadding {
  None,      // takes none
  Number,    // not said means 0
  Optional,  // not said means something else than 0
};

struct Form {
  Direction direction = Direction::Forward;
  std::string_view word{};  // its padding, or mode; empty where it takes numbers
  FormPads pads = FormPads::None;
  FormOutputPadding output_padding = FormOutputPadding::None;
  bool output_size = false;                  // says the size of its output
  bool says_kernel = true;                   // else only its weights do
  bool strided = true;                       // takes a stride and a dilation
  int only_rank = 0;                         // 0: any
  int oddity = 0;                            // how much less usual than its neighbours
  ChannelOrder order = ChannelOrder::First;  // of x and, outside or inside, of the weights
  bool spatial_only = false;                 // its tensors have no other axes
  FormAxis (*axis)(const Form& form, const AxisChoice& choice, std::int64_t input,
                   std::int64_t output) = nullptr;  // output: where output_size asks for it
  Layer (*write)(const Form& form, const FormLayer& layer) = nullptr;
};

std::span<const Form> pytorch_forms();
std::span<const Form> keras_forms();
std::span<const Form> onnx_forms();
std::span<const Form> jax_forms();
std::span<const Form> flax_forms();
std::span<const Form> scipy_forms();

// The layer as a program would say it, with its module: "nn.ConvTranspose2d(1, 1, 2, stride=2)".
std::string call_text(const Layer& layer);

// Pieces of calls.
Value int_value(std::int64_t n);
Value word_value(std::string_view text);    // x
Value string_value(std::string_view text);  // 'same'
Value list_value(std::span<const std::int64_t> items, bool is_tuple = true);
Sizes each_axis(const FormLayer& layer, std::int64_t AxisChoice::*member);
bool all_equal(const Sizes& sizes, std::int64_t value);
Value short_value(const Sizes& sizes);                // 2 for (2, 2)
Value pairs_value(std::span<const AxisChoice> axes);  // ((0, 1), (0, 1))
void add_argument(Layer& layer, std::string_view name, Value value);

}  // namespace tconv::frameworks
