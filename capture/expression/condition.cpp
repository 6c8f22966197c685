#include "capture/expression/condition.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "capture/expression/compare.hpp"
#include "capture/expression/condition_check.hpp"

namespace millbeck::capture::expression {
namespace {

using shardlog::AttributeType;

// An operand's value; the text of a size stands in `memory`.
class OperandValue {
  public:
    OperandValue(const Bindings& bindings, std::uint32_t operand, std::string_view item) {
        const Operand& wanted = bindings.operand(operand);
        if (const auto* slot = std::get_if<ValueSlot>(&wanted)) {
            value_ = bindings.value(*slot);
        } else if (const auto* path = std::get_if<Path>(&wanted)) {
            value_ = bindings.find(*path, item);
        } else if (const auto* size = std::get_if<Size>(&wanted)) {
            // size(size(a)) was refused: this goes one level deep.
            write_size(OperandValue(bindings, size->operand, item).view());
        }
    }
    ~OperandValue() = default;
    OperandValue(const OperandValue&) = delete;
    OperandValue& operator=(const OperandValue&) = delete;

    [[nodiscard]] const ValueView& view() const { return value_; }

  private:
    void write_size(const ValueView& of) {
        std::size_t size = 0;
        if (!of.present()) {
            return;
        }
        switch (of.type) {
            case AttributeType::S:
            case AttributeType::B:
                size = content_bytes(of);
                break;
            case AttributeType::N:
            case AttributeType::BOOL:
            case AttributeType::NULL_:
                return;
            default:
                size = count_members(of);
        }
        constexpr std::string_view kBefore = R"({"N":")";
        constexpr std::string_view kAfter = "\"}";
        char* end = std::copy(kBefore.begin(), kBefore.end(), memory_.data());
        end = std::to_chars(end, memory_.data() + memory_.size(), size).ptr;
        end = std::copy(kAfter.begin(), kAfter.end(), end);
        value_ = ValueView({memory_.data(), static_cast<std::size_t>(end - memory_.data())});
    }

    ValueView value_;
    std::array<char, 32> memory_{};
};

// Recursion is as deep as the parser's, which is bounded.
class Evaluation {
  public:
    Evaluation(const Bindings& bindings, std::string_view item)
        : bindings_(bindings), item_(item) {}

    bool operator()(const Comparison& node) const {
        const OperandValue left(bindings_, node.left, item_);
        const OperandValue right(bindings_, node.right, item_);
        const bool both = left.view().present() && right.view().present();
        if (node.comparator == Comparator::Equal || node.comparator == Comparator::NotEqual) {
            const bool equal = both && left.view() == right.view();
            return equal == (node.comparator == Comparator::Equal);
        }
        const std::optional<int> order = compare_values(left.view(), right.view());
        return order && holds(node.comparator, *order);
    }

    bool operator()(const Between& node) const {
        const OperandValue value(bindings_, node.value, item_);
        const OperandValue low(bindings_, node.low, item_);
        const OperandValue high(bindings_, node.high, item_);
        const std::optional<int> from = compare_values(low.view(), value.view());
        const std::optional<int> to = compare_values(value.view(), high.view());
        return from && to && *from <= 0 && *to <= 0;
    }

    bool operator()(const In& node) const {
        const OperandValue value(bindings_, node.value, item_);
        if (!value.view().present()) {
            return false;
        }
        for (std::uint32_t i = 0; i < node.count; ++i) {
            const std::uint32_t operand = bindings_.syntax().operand_lists[node.first + i];
            if (OperandValue(bindings_, operand, item_).view() == value.view()) {
                return true;
            }
        }
        return false;
    }

    bool operator()(const FunctionTest& node) const {
        const OperandValue first(bindings_, node.first, item_);
        switch (node.function) {
            case Function::AttributeExists:
                return first.view().present();
            case Function::AttributeNotExists:
                return !first.view().present();
            default:
                break;
        }
        const OperandValue second(bindings_, node.second, item_);
        switch (node.function) {
            case Function::AttributeType:
                return first.view().present() &&
                       content_of(second.view()) == to_string(first.view().type);
            case Function::BeginsWith:
                return begins_with(first.view(), second.view());
            default:
                return contains(first.view(), second.view());
        }
    }

    bool operator()(const Not& node) const { return !evaluate(node.node); }
    bool operator()(const And& node) const { return evaluate(node.left) && evaluate(node.right); }
    bool operator()(const Or& node) const { return evaluate(node.left) || evaluate(node.right); }

    [[nodiscard]] bool evaluate(std::size_t node) const {
        return std::visit(*this, bindings_.syntax().nodes[node]);
    }

  private:
    static bool holds(Comparator comparator, int order) {
        switch (comparator) {
            case Comparator::Less:
                return order < 0;
            case Comparator::LessOrEqual:
                return order <= 0;
            case Comparator::Greater:
                return order > 0;
            default:
                return order >= 0;
        }
    }

    const Bindings& bindings_;
    std::string_view item_;
};

}  // namespace

base::Result<Condition> Condition::parse(Kind kind, std::string_view text, ExpressionCache& cache,
                                         Placeholders& placeholders) {
    MB_TRY(auto syntax, cache.parse(kind, text));
    return bind(kind, syntax, placeholders);
}

base::Result<Condition> Condition::bind(Kind kind, const std::shared_ptr<const Syntax>& syntax,
                                        Placeholders& placeholders) {
    auto bindings = Bindings::bind(syntax, placeholders);
    if (!bindings) {
        // What is wrong before the undefined placeholder is said first.
        MB_TRY_STATUS(check_condition(kind, Bindings::bind_defined(syntax, placeholders)));
        return invalid_expression(kind, bindings.error().message);
    }
    MB_TRY_STATUS(check_condition(kind, *bindings));
    return Condition(kind, std::move(*bindings));
}

bool Condition::matches(std::string_view item) const {
    return Evaluation(bindings_, item).evaluate(bindings_.syntax().nodes.size() - 1);
}

base::Status Condition::check_key_paths(const KeySchema& keys,
                                        std::span<const KeySchema> index_keys) const {
    return check_scalar_keys(bindings_, keys, index_keys);
}

base::Status Condition::check_filter_keys(const KeySchema& keys) const {
    return visit_paths(bindings_.syntax(), [&](const Path& path) -> base::Status {
        const std::string_view head = bindings_.head(path);
        if (!keys.has(head)) {
            return {};
        }
        return base::fail(base::Code::Invalid,
                          std::string(kind_ == Kind::Filter ? "Filter Expression" : "QueryFilter") +
                              " can only contain non-primary key attributes: Primary key "
                              "attribute: " +
                              std::string(head));
    });
}

std::vector<std::string_view> Condition::attributes() const {
    std::vector<std::string_view> names;
    const auto add = [&](const Path& path) -> base::Status {
        const std::string_view head = bindings_.head(path);
        if (std::find(names.begin(), names.end(), head) == names.end()) {
            names.push_back(head);
        }
        return {};
    };
    MB_CHECK(visit_paths(bindings_.syntax(), add), "adding a name never fails");
    return names;
}

}  // namespace millbeck::capture::expression
