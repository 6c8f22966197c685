// The contracts of sinks, position keepers and copies on a real Redis server, in all layouts.
#include "tests/sinks/copy_contract.hpp"
#include "tests/sinks/position_contract.hpp"
#include "tests/sinks/redis/redis_harness.hpp"
#include "tests/sinks/sink_contract.hpp"

namespace millbeck::sinks {
namespace {

class RedisTarget final : public SinkTarget {
  public:
    std::unique_ptr<Sink> open_working() override { return redis_.open(); }
    std::unique_ptr<Sink> open_refusing() override {
        redis_.ask({"CONFIG", "SET", "maxmemory", "1"});
        return redis_.open();
    }
    std::unique_ptr<Sink> open_hanging() override {
        RedisOptions options;
        options.port = silent_.port();
        return redis_.open(options);
    }
    std::vector<std::string> durable_ids() override {
        std::vector<std::string> ids;
        for (const std::string& key : redis_.keys("orders:*")) {
            ids.push_back(redis_.text({"HGET", key, "seq"}));
        }
        std::sort(ids.begin(), ids.end(), [](const std::string& a, const std::string& b) {
            return a.size() != b.size() ? a.size() < b.size() : a < b;
        });
        return ids;
    }

  private:
    RedisHarness redis_;
    SilentPort silent_;
};

INSTANTIATE_TEST_SUITE_P(Redis, SinkContract, testing::Values(&make_target<RedisTarget>));

class RedisKeeper : public KeeperTarget {
  public:
    explicit RedisKeeper(RedisLayout layout = RedisLayout::Hash) : layout_(layout) {}
    std::unique_ptr<Sink> open() override {
        RedisOptions options = redis_.options();
        options.layout = layout_;
        return redis_.open(options);
    }
    bool lose_everything() override { return redis_.text({"FLUSHALL"}) == "OK"; }
    std::size_t visible() override { return redis_.keys("orders:*").size(); }

  private:
    RedisHarness redis_;
    RedisLayout layout_;
};

class JsonKeeper final : public RedisKeeper {
  public:
    JsonKeeper() : RedisKeeper(RedisLayout::Json) {}
};

INSTANTIATE_TEST_SUITE_P(RedisHash, PositionContract, testing::Values(&make_keeper<RedisKeeper>));
INSTANTIATE_TEST_SUITE_P(RedisJson, PositionContract, testing::Values(&make_keeper<JsonKeeper>));

class RedisCopy : public CopyTarget {
  public:
    std::unique_ptr<Sink> open() override {
        RedisOptions options = redis_.options();
        adjust(options);
        return redis_.open(options);
    }

  protected:
    virtual void adjust(RedisOptions&) {}

  private:
    RedisHarness redis_;
};

class JsonCopy final : public RedisCopy {
    void adjust(RedisOptions& options) override { options.layout = RedisLayout::Json; }
};

class TemplateCopy final : public RedisCopy {
    void adjust(RedisOptions& options) override {
        options.layout = RedisLayout::Template;
        options.value = "{n}|{s}|{v}";
        options.key = "row:{id}";
    }
};

class MappedCopy final : public RedisCopy {
    void adjust(RedisOptions& options) override {
        options.mapping.exclude = {"id", "t"};
        options.mapping.rename = {{"n", "_millbeck"}, {"v", "w"}};
        options.mapping.flatten = "_";
        options.key_tag = true;
    }
};

// An item with a number has an entry in a sorted set as well.
class BoardCopy final : public RedisCopy {
    void adjust(RedisOptions& options) override {
        options.layout = RedisLayout::Json;
        options.mapping.exclude = {"n", "s"};
        options.sorted_set = {.name = "top", .score = "n", .member = "of {id}"};
        options.key_tag = true;
    }
};

INSTANTIATE_TEST_SUITE_P(RedisHash, CopyContract, testing::Values(&make_copy<RedisCopy>));
INSTANTIATE_TEST_SUITE_P(RedisJson, CopyContract, testing::Values(&make_copy<JsonCopy>));
INSTANTIATE_TEST_SUITE_P(RedisTemplate, CopyContract, testing::Values(&make_copy<TemplateCopy>));
INSTANTIATE_TEST_SUITE_P(RedisMapped, CopyContract, testing::Values(&make_copy<MappedCopy>));
INSTANTIATE_TEST_SUITE_P(RedisBoard, CopyContract, testing::Values(&make_copy<BoardCopy>));

}  // namespace
}  // namespace millbeck::sinks
