#include "sinks/redis/delivery.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "sinks/redis/version.hpp"

namespace millbeck::sinks::redis {

using base::Code;
using Verdict = GuardAnswer::Verdict;

namespace {

// The later of two versions. A message's id grows in its shard; nothing is taken for granted.
std::string version_at(const Batch& batch, bool is_last) {
    const auto older = [](const Message& a, const Message& b) {
        return a.id.size() != b.id.size() ? a.id.size() < b.id.size() : a.id < b.id;
    };
    const auto [first, last] =
        std::minmax_element(batch.messages.begin(), batch.messages.end(), older);
    return version_of(is_last ? last->id : first->id);
}

void append_many(CommandBuffer& commands, std::string_view command,
                 const std::vector<std::string>& keys) {
    if (!keys.empty()) {
        commands.begin(1 + keys.size());
        commands.argument(command);
        for (const std::string& each : keys) {
            commands.argument(each);
        }
    }
}

}  // namespace

Delivery::Delivery(Server& server, const ItemWriter& writer, const Batch& batch,
                   base::Instant deadline)
    : server_(server),
      writer_(writer),
      batch_(batch),
      deadline_(deadline),
      newest_key_(writer.names().newest(batch.shard_id)),
      oldest_(version_at(batch, false)),
      latest_(version_at(batch, true)) {}

base::Result<Delivered> Delivery::run() {
    for (Step step = Step::Quickly;;) {
        if (server_.clock().instant() >= deadline_) {
            return base::fail(Code::DeadlineExceeded, "the server did not answer in time");
        }
        MB_TRY(step, step == Step::Carefully ? write_carefully() : write_quickly());
        if (step == Step::Done || step == Step::Lost) {
            delivered_.is_lost = step == Step::Lost;
            return delivered_;
        }
    }
}

GuardQuestion Delivery::question(std::string_view mode) const {
    return {.names = writer_.names(),
            .newest = newest_key_,
            .field = KeyNames::position_field(batch_.shard_id),
            .position = batch_.position,
            .generation = batch_.generation,
            .oldest = oldest_,
            .mode = mode};
}

Writing Delivery::writing() const {
    Writing made;
    made.now = server_.clock().wall();
    made.commands.reserve(batch_.payload_bytes);
    return made;
}

void Delivery::append_items(CommandBuffer& commands, const Writing& items) const {
    append_many(commands, "DEL", items.cleared);
    commands.append(items.commands);
    if (!items.sorted_sets.empty()) {
        commands.begin(2 + items.sorted_sets.size());
        commands.argument("SADD");
        commands.argument(writer_.names().sets());
        for (const std::string& each : items.sorted_sets) {
            commands.argument(each);
        }
    }
}

void Delivery::append_position(CommandBuffer& commands) const {
    if (!batch_.generation.empty()) {
        commands.add({"HSET", writer_.names().positions(),
                      KeyNames::position_field(batch_.shard_id), batch_.position});
    }
}

// Everything at once: the guard makes sure that nothing there is newer.
base::Result<Delivery::Step> Delivery::write_quickly() {
    Writing into = writing();
    // begin() left nothing behind, and rows come once: there is nothing to make room for.
    const auto before = is_rows() && !batch_.generation.empty() ? ItemWriter::Before::Nothing
                                                                : ItemWriter::Before::Anything;
    for (const Message& message : batch_.messages) {
        MB_TRY_STATUS(writer_.append(into, message, before));
    }
    CommandBuffer commands;
    append_guard(commands, question(is_rows() ? "rows" : "changes"));
    commands.add({"MULTI"});
    append_items(commands, into);
    if (!is_rows()) {
        commands.add({"SET", newest_key_, latest_});
    }
    append_position(commands);
    commands.add({"EXEC"});
    MB_TRY(const auto replies, server_.ask(commands, deadline_));
    const Reply& exec = replies.back();
    const auto guard = read_guard(replies[kGuardCommands - 1]);
    if (exec.is_error() || !guard) {
        const Reply* error = first_error(replies);
        return tl::unexpected(guard || error != nullptr ? error_of(*error) : guard.error());
    }
    return finish(replies, *guard);
}

base::Result<Delivery::Step> Delivery::finish(const std::vector<Reply>& replies,
                                              const GuardAnswer& guard) {
    const Reply& exec = replies.back();
    if (exec.is_nil()) {
        switch (guard.verdict) {
            case Verdict::Lost:
                return Step::Lost;
            case Verdict::Done:
                return Step::Done;
            case Verdict::Late:
                return Step::Carefully;
            case Verdict::Again:
            case Verdict::Go:  // somebody else wrote in between
                return Step::Quickly;
        }
    }
    // A transaction does not roll back: what one command could not do, its neighbours have done.
    if (const Reply* error = first_error(exec.elements); error != nullptr) {
        MB_TRY_STATUS(undo_position(guard));
        return tl::unexpected(error_of(*error));
    }
    return Step::Done;
}

base::Status Delivery::undo_position(const GuardAnswer& guard) {
    CommandBuffer commands;
    const std::string field = KeyNames::position_field(batch_.shard_id);
    if (guard.position.empty()) {
        commands.add({"HDEL", writer_.names().positions(), field});
    } else {
        commands.add({"HSET", writer_.names().positions(), field, guard.position});
    }
    if (guard.newest.empty()) {
        commands.add({"DEL", newest_key_});
    } else {
        commands.add({"SET", newest_key_, guard.newest});
    }
    return server_.ask_strictly(commands, deadline_).map([](const auto&) {});
}

// Key by key, each only where it is newer; whoever writes one of them meanwhile starts us again.
base::Result<Delivery::Step> Delivery::write_carefully() {
    GuardAnswer guard;
    std::uint64_t skipped = 0;
    const auto replies = server_.with_connection(
        [&](Lease& lease) -> base::Result<std::vector<Reply>> {
            std::vector<std::string> versions;
            MB_TRY(auto seen, look(lease, guard, versions));
            if (versions.empty()) {
                lease.discard();  // it watches keys
                return seen;
            }
            skipped = static_cast<std::uint64_t>(
                std::count(versions.begin(), versions.end(), std::string{}));
            MB_TRY(const CommandBuffer commands, survivors(guard, versions));
            return lease.exchange(commands, deadline_);
        },
        deadline_);
    if (!replies) {
        return tl::unexpected(replies.error());
    }
    const Reply& exec = replies->back();
    if (replies->front().is_error()) {
        return tl::unexpected(error_of(replies->front()));
    }
    if (guard.verdict != Verdict::Go) {
        return guard.verdict == Verdict::Done ? Step::Done : Step::Lost;
    }
    if (exec.is_error()) {
        return tl::unexpected(error_of(*first_error(*replies)));
    }
    MB_TRY(const Step step, finish(*replies, guard));
    if (step == Step::Done) {
        delivered_.skipped += skipped;
        return step;
    }
    return Step::Carefully;
}

// The version of each message that is newer than what is there, "" for one that is not. Empty: the
// guard or the server says no, as the replies tell.
base::Result<std::vector<Reply>> Delivery::look(Lease& lease, GuardAnswer& guard,
                                                std::vector<std::string>& versions) {
    CommandBuffer commands;
    append_guard(commands, question("any"));
    for (const Message& message : batch_.messages) {
        MB_TRY(const std::string key, writer_.key_of(message.key));
        const std::string beside = writer_.names().item(key);
        commands.add({"WATCH", key, beside});
        commands.add({"HGET", key, writer_.options().meta_field});
        commands.add({"GET", beside});
    }
    MB_TRY(auto replies, lease.exchange(commands, deadline_));
    if (replies.front().is_error()) {
        return replies;  // perhaps a redirection
    }
    MB_TRY(guard, read_guard(replies[kGuardCommands - 1]));
    if (guard.verdict != Verdict::Go) {
        return replies;
    }
    constexpr std::size_t kLooks = 3;
    for (std::size_t i = 0; i < batch_.messages.size(); ++i) {
        const std::size_t at = kGuardCommands + i * kLooks;
        if (replies[at].is_error()) {
            return tl::unexpected(error_of(replies[at]));
        }
        // A key of another type is somebody else's, and has no version.
        const Reply& inside = replies[at + 1];
        const Reply& beside = replies[at + 2];
        const std::string_view there =
            std::max(read_mark(inside.is_text() ? std::string_view(inside.text) : "").version,
                     read_mark(beside.is_text() ? std::string_view(beside.text) : "").version);
        std::string version = version_of(batch_.messages[i].id);
        versions.push_back(version > there ? std::move(version) : "");
    }
    return replies;
}

base::Result<CommandBuffer> Delivery::survivors(const GuardAnswer& guard,
                                                const std::vector<std::string>& versions) {
    Writing into = writing();
    for (std::size_t i = 0; i < versions.size(); ++i) {
        if (!versions[i].empty()) {
            MB_TRY_STATUS(writer_.append(into, batch_.messages[i], ItemWriter::Before::Anything));
        }
    }
    CommandBuffer commands;
    commands.add({"MULTI"});
    append_items(commands, into);
    if (is_rows() && !guard.rows.empty()) {
        // Changes that are older than these rows have to look, too.
        commands.add({"SET", writer_.names().rows(), std::max(guard.rows, latest_)});
    }
    if (!is_rows()) {
        commands.add({"SET", newest_key_, std::max(guard.newest, latest_)});
    }
    // The position never goes back behind what is there.
    if (is_rows() || latest_ >= guard.newest) {
        append_position(commands);
    }
    commands.add({"EXEC"});
    return commands;
}

}  // namespace millbeck::sinks::redis
