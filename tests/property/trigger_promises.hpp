// What is true of a trigger whatever happens, for simulations of whole lives.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "base/clock.hpp"
#include "sinks/sink.hpp"
#include "triggers/trigger_spec.hpp"

namespace millbeck::triggers {

struct Written {
    std::string key;  // and its stream: order holds in a stream
    base::WallTime time{};
    std::string shard;
};

// The whole number behind `name` in a text; 0 if it is not there.
inline std::int64_t number_after(std::string_view text, std::string_view name) {
    const std::size_t at = text.find(name);
    return at == std::string_view::npos
               ? 0
               : std::stoll(std::string(text.substr(at + name.size(), 20)));
}

// What is true of one trigger whatever happens. Knows what was written and what reached the target.
class Promises {
  public:
    explicit Promises(const std::map<std::string, Written>& written) : written_(written) {}

    // How many records of its window a batch's state counts.
    static std::int64_t counted(const sinks::Batch& batch) {
        return number_after(batch.members, R"("state":{"n":)");
    }
    static bool is_final(const sinks::Batch& batch) {
        return batch.members.find(R"("isFinalInvokeForWindow":true)") != std::string::npos;
    }

    // is_parked: whether a record waits behind a poisoned one; those know no age.
    void asked(const sinks::Batch& batch, const TriggerSpec& spec, base::WallTime now,
               const std::function<bool(const std::string&)>& is_parked) {
        std::string ids;
        for (const sinks::Message& message : batch.messages) {
            const auto record = written_.find(std::string(message.id));
            ASSERT_NE(record, written_.end()) << "never written: " << message.id;
            if (spec.maximum_record_age && !is_parked(std::string(message.id))) {
                EXPECT_LT(now - record->second.time, *spec.maximum_record_age) << "too old";
            }
            ids += std::string(message.id) + " ";
        }
        EXPECT_EQ(contents_.emplace(batch.request_id, ids).first->second, ids)
            << "one request id, two contents";
        EXPECT_LE(batch.messages.size(), spec.batch_size);
        EXPECT_EQ(batch.members.empty(), spec.tumbling_window.count() == 0);
        if (spec.tumbling_window.count() > 0) {
            check_window(batch, spec.tumbling_window);
        }
    }
    void attempted(const sinks::Batch& batch, const TriggerSpec& spec) {
        if (spec.maximum_retry_attempts) {
            EXPECT_LE(++attempts_[batch.request_id], 1 + *spec.maximum_retry_attempts);
        }
    }
    // Also by a target whose acknowledgement was lost. What is new of a key comes after all of it
    // that came before; what was given up is not new when a restart repeats it.
    void took(const sinks::Batch& batch, std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) {
            const std::string id(batch.messages[i].id);
            std::string& newest = newest_[written_.at(id).key];
            if (taken_.insert(id).second && !kept_.contains(id)) {
                EXPECT_LT(newest, id) << "an older change came after a newer one of its key";
                newest = id;
            }
        }
    }
    void kept(const sinks::Batch& batch) {
        for (const sinks::Message& message : batch.messages) {
            kept_.insert(std::string(message.id));
        }
    }
    // The trigger begins anew.
    void forget() {
        taken_.clear();
        kept_.clear();
        newest_.clear();
    }
    [[nodiscard]] bool is_settled(const std::string& id) const {
        return taken_.contains(id) || kept_.contains(id);
    }

  private:
    // Windows do not mix, and a closed one has counted each of its records once, whatever was
    // repeated; of records that were given up it may have counted none.
    void check_window(const sinks::Batch& batch, base::Milliseconds length) {
        const auto start_at = batch.members.find(R"("start":")") + 9;
        const std::string start = batch.members.substr(start_at, 19);
        std::int64_t there = 0;
        std::int64_t given_up = 0;
        for (const auto& [id, record] : written_) {
            const auto since = record.time.time_since_epoch();
            const base::WallTime its_start{since - since % length};
            if (base::to_iso8601(its_start).substr(0, 19) == start &&
                record.shard == batch.shard_id) {
                ++there;
                given_up += kept_.contains(id) ? 1 : 0;
            }
        }
        for (const sinks::Message& message : batch.messages) {
            const auto since = written_.at(std::string(message.id)).time.time_since_epoch();
            const base::WallTime its_start{since - since % length};
            EXPECT_EQ(base::to_iso8601(its_start).substr(0, 19), start) << "windows are mixed";
        }
        EXPECT_LE(counted(batch), there) << "counted twice";
        if (is_final(batch)) {
            EXPECT_TRUE(batch.messages.empty());
            EXPECT_GE(counted(batch), there - given_up) << "a window closed without all of it";
        }
    }

    const std::map<std::string, Written>& written_;
    std::set<std::string> taken_;
    std::set<std::string> kept_;
    std::map<std::string, std::string> newest_;  // of each key
    std::map<std::string, std::string> contents_;
    std::map<std::string, std::uint32_t> attempts_;
};

}  // namespace millbeck::triggers
