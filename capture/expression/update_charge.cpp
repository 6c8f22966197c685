#include "capture/expression/update_charge.hpp"

#include <string>
#include <variant>

namespace millbeck::capture::expression {
namespace {

constexpr std::uint64_t kUpdate = 3;
constexpr std::uint64_t kWritten = 19;  // SET and ADD
constexpr std::uint64_t kRemoved = 1;   // REMOVE and DELETE; what they take away is free
constexpr std::uint64_t kDeeper = 4;    // each element of a target behind the first
constexpr std::uint64_t kPath = 1;      // as an operand
constexpr std::uint64_t kPathElement = 14;
constexpr std::uint64_t kPlus = 34;
constexpr std::uint64_t kMinus = 37;
constexpr std::uint64_t kIfNotExists = 39;
constexpr std::uint64_t kListAppend = 37;

class Pricing {
  public:
    explicit Pricing(const Bindings& bindings) : bindings_(bindings) {}

    [[nodiscard]] std::uint64_t action(const Action& action) const {
        switch (action.clause) {
            case Clause::Set:
            case Clause::Add:
                return kWritten + target(action.path) + operand(action.value);
            case Clause::Remove:
            case Clause::Delete:
                break;
        }
        return kRemoved + target(action.path);
    }

    std::uint64_t operator()(const Path& path) const {
        std::uint64_t price = kPath;
        for (std::uint32_t i = 0; i < path.count; ++i) {
            price += kPathElement + element(path, i);
        }
        return price;
    }
    std::uint64_t operator()(const ValueSlot& slot) const {
        return bindings_.value_size_bytes(slot);
    }
    std::uint64_t operator()(const Size& size) const { return operand(size.operand); }
    std::uint64_t operator()(const IfNotExists& call) const {
        return kIfNotExists + (*this)(call.path) + operand(call.otherwise);
    }
    std::uint64_t operator()(const ListAppend& call) const {
        return kListAppend + operand(call.front) + operand(call.back);
    }
    std::uint64_t operator()(const Sum& sum) const {
        return (sum.sign == Sign::Plus ? kPlus : kMinus) + operand(sum.left) + operand(sum.right);
    }

  private:
    [[nodiscard]] std::uint64_t operand(std::uint32_t at) const {
        return std::visit(*this, bindings_.operand(at));
    }

    // Bytes of a name, digits of an index.
    [[nodiscard]] std::uint64_t element(const Path& path, std::uint32_t at) const {
        const Step step = bindings_.step(bindings_.syntax().elements[path.first + at]);
        return step.is_name() ? step.name.plain.size() : std::to_string(step.index).size();
    }

    [[nodiscard]] std::uint64_t target(const Path& path) const {
        std::uint64_t price = element(path, 0);
        for (std::uint32_t i = 1; i < path.count; ++i) {
            price += kDeeper + element(path, i);
        }
        return price;
    }

    const Bindings& bindings_;
};

}  // namespace

std::uint64_t update_charge(const Bindings& update) {
    const Pricing pricing(update);
    std::uint64_t charge = kUpdate;
    for (const Action& action : update.syntax().actions) {
        charge += pricing.action(action);
    }
    return charge;
}

}  // namespace millbeck::capture::expression
