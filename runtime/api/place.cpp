#include "runtime/api/place.hpp"

namespace millbeck::runtime {
std::string camel(std::string_view name) {
    std::string lower(name);
    if (!lower.empty() && lower[0] >= 'A' && lower[0] <= 'Z') {
        lower[0] = static_cast<char>(lower[0] - 'A' + 'a');
    }
    return lower;
}

std::string Place::text() const {
    return text(Names::Camel);
}

std::string Place::written() const {
    return text(Names::Written);
}

std::string Place::text(Names names) const {
    if (parent_ == nullptr) {
        return "";
    }
    std::string text = parent_->text(names);
    if (in_collection_) {
        text.append(".");
        text += position_ > 0 ? std::to_string(position_) : std::string(name_);
        return text.append(".member");
    }
    return text.append(text.empty() ? "" : ".")
        .append(names == Names::Camel ? camel(name_) : std::string(name_));
}

}  // namespace millbeck::runtime
