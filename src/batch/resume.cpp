#include "batch/resume.hpp"

#include <fmt/format.h>

#include <string_view>
#include <unordered_map>

#include "io/member_name.hpp"
#include "support/digest.hpp"
#include "support/file.hpp"

namespace tconv::batch {
namespace {

bool same_input(const Item& item, const JournalEntry& entry, bool hash) {
  if (entry.size != item.identity.size) return false;
  if (entry.mtime_ns == item.identity.mtime_ns) return true;
  if (!hash || entry.hash.empty()) return false;
  const auto file = support::map_file(io::file_of(item.input));
  return file && entry.hash == support::digest_of({reinterpret_cast<const char*>(file->data.get()),
                                                   file->size_bytes});
}

// A power cut may leave a file without all of its bytes, though not a longer one. Of formats other
// than .npy it is not known how long they should be.
bool in_full(const OutputState& output, const JournalEntry& entry, io::Format format) {
  if (!output.exists) return false;
  const auto dtype = dtype_from_name(entry.dtype);
  if (format != io::Format::Npy || !dtype) return output.identity.size > 0;
  const auto count = io::element_count(entry.shape, *dtype);
  return count && output.identity.size == std::int64_t(io::npy_header(*dtype, entry.shape).size()) +
                                              *count * size_bytes(*dtype);
}

}  // namespace

Result<std::vector<Fate>> select_items(const SelectRequest& request) {
  std::unordered_map<std::string_view, const JournalEntry*> before;
  before.reserve(request.done_before.size());
  for (const JournalEntry& entry : request.done_before) before[entry.input] = &entry;

  std::vector<Fate> fates(request.items.size(), Fate::Compute);
  std::size_t present = 0, first = 0;
  for (std::size_t i = 0; i < request.items.size(); ++i) {
    const Item& item = request.items[i];
    const OutputState& output = request.outputs[i];
    const auto found = before.find(item.input);
    const JournalEntry* const entry = found == before.end() ? nullptr : found->second;
    if (entry != nullptr && entry->status == ItemStatus::Done && entry->output == item.output &&
        in_full(output, *entry, request.format) && same_input(item, *entry, request.hash)) {
      fates[i] = Fate::Done;
      continue;
    }
    if (!output.exists) continue;
    if (present++ == 0) first = i;
    const bool newer = output.identity.mtime_ns >= item.identity.mtime_ns;
    if (request.overwrite == Overwrite::Never || (request.overwrite == Overwrite::Older && newer)) {
      fates[i] = Fate::Skip;
    }
  }
  if (present == 0 || request.overwrite != Overwrite::Refuse) return fates;
  return Error{.code = ErrorCode::Usage,
               .what = fmt::format("{} outputs are there already, the first of them {}", present,
                                   request.items[first].output),
               .hint =
                   "--resume goes on with what is not done; --overwrite never, older or always "
                   "decides about each"};
}

}  // namespace tconv::batch
