#include "runtime/api/import_answers.hpp"

#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/mutex.hpp"
#include "runtime/api/admin_json.hpp"
#include "runtime/api/export_answers.hpp"
#include "runtime/transfer/item_line.hpp"

namespace millbeck::runtime {
namespace {

using base::Code;
using base::Error;
using base::Result;
using base::Status;
using capture::Commit;
using capture::Write;
using capture::WriteResult;
using Json = nlohmann::ordered_json;

// A frame of the log costs as much as a few items, so several share one.
constexpr std::size_t kCommitWritesMax = 64;
constexpr std::size_t kCommitBytesMax = 64U << 10U;

const shardlog::Item& item_of(const Write& write) {
    const auto* put = std::get_if<capture::PutWrite>(&write);
    return put != nullptr ? put->item : std::get<capture::DeleteWrite>(write).key;
}

// What tells one item from another of the table: the texts of its keys.
std::string key_text(const Write& write, const capture::KeySchema& keys) {
    std::string text;
    const shardlog::Item& item = item_of(write);
    for (const auto* key : {&keys.hash, keys.range ? &*keys.range : nullptr}) {
        const auto* value = key == nullptr ? nullptr : item.find(key->name);
        if (value != nullptr) {
            text.append(item.value_text(*value));
        }
    }
    return text;
}

// Commits of some writes each; none has two of one item.
class CommitBuilder {
  public:
    explicit CommitBuilder(const capture::KeySchema& keys) : keys_(keys) {}

    void add(Write write) {
        const std::size_t bytes = item_of(write).text().size();
        std::string key = key_text(write, keys_);
        const bool full = commits_.empty() || commits_.back().size() == kCommitWritesMax ||
                          bytes_ + bytes > kCommitBytesMax || in_commit_.contains(key);
        if (full) {
            commits_.emplace_back();
            in_commit_.clear();
            bytes_ = 0;
        }
        in_commit_.insert(std::move(key));
        bytes_ += bytes;
        commits_.back().push_back(std::move(write));
    }
    std::vector<Commit> take() { return std::move(commits_); }

  private:
    const capture::KeySchema& keys_;
    std::vector<Commit> commits_;
    std::unordered_set<std::string> in_commit_;
    std::size_t bytes_ = 0;
};

// One request, from its lines to its answer.
class Import : public std::enable_shared_from_this<Import> {
  public:
    Import(const ApiContext& context, shardlog::TableName table, capture::KeysOfTable keys,
           std::string_view body, base::Responder respond)
        : context_(context),
          table_(std::move(table)),
          keys_(std::move(keys)),
          body_(body),
          respond_(std::move(respond)) {}

    void begin() {
        CommitBuilder commits(*keys_.table);
        for_each_line([&](std::size_t number, std::string_view line) {
            auto write = parse_item_line(line, table_, *keys_.table);
            if (write) {
                commits.add(std::move(*write));
            } else {
                wrong_.emplace(number, write.error().message);
            }
        });
        std::vector<Commit> taken = commits.take();
        if (taken.empty()) {
            return answer(0);
        }
        context_.store.submit(std::move(taken),
                              [self = shared_from_this()](Result<std::vector<WriteResult>> done) {
                                  self->submitted(std::move(done));
                              });
    }

  private:
    template <typename Visit>
    void for_each_line(Visit visit) const {
        std::string_view rest = body_;
        for (std::size_t number = 1; !rest.empty(); ++number) {
            const std::size_t end = rest.find('\n');
            const std::string_view line = rest.substr(0, end);
            rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
            if (!line.empty()) {
                visit(number, line);
            }
        }
    }

    // A request is refused as a whole if one of its writes does not fit its table: then on the
    // thread that submitted it, and nothing is written yet.
    void submitted(Result<std::vector<WriteResult>> done) {
        if (done) {
            return answer(done->size());
        }
        if (done.error().code != Code::Invalid) {
            return respond_(error_reply(done.error()));
        }
        submit_each();
    }

    void submit_each() {
        waiting_ = 1;
        for_each_line([&](std::size_t number, std::string_view line) {
            auto write = parse_item_line(line, table_, *keys_.table);
            if (!write) {
                return;  // known to be wrong
            }
            ++waiting_;
            std::vector<Commit> commits(1);
            commits[0].push_back(std::move(*write));
            context_.store.submit(
                std::move(commits),
                [self = shared_from_this(), number](const Result<std::vector<WriteResult>>& one) {
                    self->submitted_one(number, one);
                });
        });
        finish_one();
    }

    void submitted_one(std::size_t number, const Result<std::vector<WriteResult>>& one) {
        {
            const base::MutexLock lock(mutex_);
            if (one) {
                ++written_;
            } else if (one.error().code == Code::Invalid) {
                wrong_.emplace(number, one.error().message);
            } else if (!failed_) {
                failed_ = one.error();
            }
        }
        finish_one();
    }

    void finish_one() {
        if (--waiting_ > 0) {
            return;
        }
        const base::MutexLock lock(mutex_);
        if (failed_) {
            respond_(error_reply(*failed_));
        } else {
            answer(written_);
        }
    }

    void answer(std::size_t written) {
        Json wrong = Json::array();
        for (const auto& [line, message] : wrong_) {
            wrong.push_back({{"line", line}, {"message", message}});
        }
        respond_(json_reply(Json({{"written", written}, {"wrong", std::move(wrong)}})
                                .dump(-1, ' ', false, Json::error_handler_t::replace) +
                            "\n"));
    }

    const ApiContext context_;
    const shardlog::TableName table_;
    const capture::KeysOfTable keys_;
    const std::string_view body_;  // the request's, which lives until it is answered
    const base::Responder respond_;
    std::atomic<std::size_t> waiting_ = 0;
    base::Mutex mutex_;
    std::map<std::size_t, std::string> wrong_;  // by line
    std::size_t written_ = 0;
    std::optional<Error> failed_;
};

}  // namespace

Status answer_import(const base::HttpRequest& request, const Target& query,
                     const ApiContext& context, const base::Responder& respond) {
    MB_TRY(auto table, existing_table(context, query.text("table", "")));
    MB_TRY(auto keys, context.store.keys_of(table));
    std::make_shared<Import>(context, std::move(table), std::move(keys), request.body(), respond)
        ->begin();
    return {};
}

}  // namespace millbeck::runtime
