// The texts of `tconv help TOPIC`.
#pragma once
#include <span>
#include <string_view>

namespace tconv::cli {

struct HelpTopic {
  std::string_view name;
  std::string_view summary;
  std::string_view text;
};

std::span<const HelpTopic> help_topics();       // how to use tconv
HelpTopic question_topic();                     // what people ask
std::span<const HelpTopic> framework_topics();  // what each framework means

}  // namespace tconv::cli
