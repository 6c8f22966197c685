#include "capture/capacity.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "capture/invalid_values.hpp"

namespace millbeck::capture {
namespace {

using base::Code;
using base::Result;
using base::Status;

// One of the two members that a setting has.
struct UnitsMember {
    std::string_view name;
    std::optional<std::int64_t> asked;
    std::int64_t Throughput::*at;
};

std::array<UnitsMember, 2> members_of_maximum(const UnitsChange& asked) {
    return {{{"MaxReadRequestUnits", asked.read_units, &Throughput::read_units},
             {"MaxWriteRequestUnits", asked.write_units, &Throughput::write_units}}};
}

std::array<UnitsMember, 2> members_of_warm(const UnitsChange& asked) {
    return {{{"ReadUnitsPerSecond", asked.read_units, &Throughput::read_units},
             {"WriteUnitsPerSecond", asked.write_units, &Throughput::write_units}}};
}

std::string maximum_text(std::string_view member, std::string_view what) {
    return std::string(member) + " for OnDemandThroughput" + std::string(what);
}

// The colons and the full stop differ on the service as well.
Status check_range(const UnitsMember& member, std::string_view index, bool may_remove) {
    if (!member.asked || *member.asked >= 1 || (may_remove && *member.asked == -1)) {
        return {};
    }
    const std::string what = index.empty() ? " for table" : " for index : " + std::string(index);
    return invalid_values("Requested " + maximum_text(member.name, what) +
                          " is outside of valid range");
}

Status refuse_provisioned(const UnitsChange& asked, const std::string& what,
                          std::string_view verdict) {
    for (const UnitsMember& member : members_of_maximum(asked)) {
        if (member.asked) {
            return invalid_values(maximum_text(member.name, what) + std::string(verdict));
        }
    }
    return {};
}

std::string warm_text(const UnitsMember& member, std::string_view index, std::string_view verdict) {
    return "Requested " + std::string(member.name) + " for WarmThroughput for " +
           (index.empty() ? std::string("table") : "index " + std::string(index)) +
           " is lower than " + std::string(verdict);
}

void raise(Throughput& units, const Throughput& least) {
    units.read_units = std::max(units.read_units, least.read_units);
    units.write_units = std::max(units.write_units, least.write_units);
}

}  // namespace

Result<Throughput> new_maximum(const UnitsChange& asked, BillingMode billing,
                               std::string_view index) {
    if (billing == BillingMode::Provisioned) {
        const std::string what = index.empty() ? "" : " for index: " + std::string(index);
        MB_TRY_STATUS(refuse_provisioned(
            asked, what, " cannot be specified when table BillingMode is PROVISIONED."));
    }
    Throughput maximum;
    for (const UnitsMember& member : members_of_maximum(asked)) {
        MB_TRY_STATUS(check_range(member, index, false));
        maximum.*member.at = member.asked.value_or(0);
    }
    return maximum;
}

Result<Throughput> new_warm(const UnitsChange& asked, BillingMode billing, const Throughput& units,
                            std::string_view index) {
    const bool on_demand = billing == BillingMode::PayPerRequest;
    const Throughput& least = on_demand ? kWarmOnDemand : units;
    Throughput warm;
    for (const UnitsMember& member : members_of_warm(asked)) {
        if (!member.asked) {
            continue;
        }
        if (*member.asked < least.*member.at) {
            const bool read = member.at == &Throughput::read_units;
            const std::string provisioned =
                std::string(read ? "Read" : "Write") + "CapacityUnits of ProvisionedThroughput";
            return invalid_values(warm_text(
                member, index,
                on_demand ? "initial throughput for OnDemand. See: https://docs.aws.amazon.com/"
                            "amazondynamodb/latest/developerguide/on-demand-capacity-mode.html"
                            "#on-demand-capacity-mode-initial"
                          : provisioned));
        }
        warm.*member.at = *member.asked;
    }
    return warm;
}

Status change_maximum(Throughput& maximum, const UnitsChange& asked, BillingMode billing,
                      std::string_view index) {
    if (billing == BillingMode::Provisioned) {
        const std::string what = index.empty() ? "" : " for index : " + std::string(index);
        return refuse_provisioned(asked, what,
                                  " cannot be specified when the table BillingMode is PROVISIONED");
    }
    for (const UnitsMember& member : members_of_maximum(asked)) {
        MB_TRY_STATUS(check_range(member, index, true));
        if (member.asked) {
            maximum.*member.at = std::max<std::int64_t>(*member.asked, 0);
        }
    }
    return {};
}

Status change_warm(Throughput& warm, const UnitsChange& asked, std::string_view index) {
    for (const UnitsMember& member : members_of_warm(asked)) {
        if (!member.asked) {
            continue;
        }
        if (*member.asked < warm.*member.at) {
            return invalid_values(
                warm_text(member, index,
                          "current WarmThroughput, decreasing WarmThroughput is not supported"));
        }
        warm.*member.at = *member.asked;
    }
    return {};
}

void settle_capacity(Throughput& maximum, Throughput& warm, BillingMode billing,
                     const Throughput& units) {
    if (billing == BillingMode::PayPerRequest) {
        raise(warm, kWarmOnDemand);
        return;
    }
    raise(warm, units);
    maximum = {};
}

}  // namespace millbeck::capture
