// All contracts on a real broker.
#include "tests/sinks/copy_contract.hpp"
#include "tests/sinks/kafka/contract_targets.hpp"
#include "tests/sinks/kafka/shared_broker.hpp"
#include "tests/sinks/position_contract.hpp"

namespace millbeck::sinks {
namespace {

const auto* const kBroker = testing::AddGlobalTestEnvironment(new SharedBroker);

class BrokerTarget : public KafkaTarget {
  public:
    explicit BrokerTarget(KafkaMode mode) : KafkaTarget(mode) {
        options_.brokers = SharedBroker::get().brokers();
        options_.topic = SharedBroker::new_table();
        options_.positions_topic = options_.topic + "-positions";
        options_.transactional_id = options_.topic;
        options_.partitions = 1;
    }
    std::unique_ptr<Sink> open_refusing() override {
        KafkaOptions options = options_;
        // The smallest that still lets a transaction's end be written down.
        options.topic_settings["max.message.bytes"] = "120";
        return world_.open(options);
    }
};

class Idempotent final : public BrokerTarget {
  public:
    Idempotent() : BrokerTarget(KafkaMode::Idempotent) {}
};

class Transactional final : public BrokerTarget {
  public:
    Transactional() : BrokerTarget(KafkaMode::Transactional) {}
};

class Keeper final : public KeeperTarget {
  public:
    Keeper() {
        options_.brokers = SharedBroker::get().brokers();
        options_.mode = KafkaMode::Transactional;
    }
    std::unique_ptr<Sink> open() override { return world_.open(options_, table_); }
    bool lose_everything() override {
        delete_topics(options_.brokers, {table_, "millbeck-positions-feed-" + table_});
        return true;
    }
    std::size_t visible() override { return consume_all(options_.brokers, table_).size(); }
    [[nodiscard]] bool removes_earlier_generations() const override { return false; }

  private:
    KafkaWorld world_;
    KafkaOptions options_;
    std::string table_ = SharedBroker::new_table();
};

class CopyBase : public CopyTarget {
  public:
    CopyBase(KafkaMode mode, KafkaFormat format) {
        options_.brokers = SharedBroker::get().brokers();
        options_.mode = mode;
        options_.format = format;
    }
    std::unique_ptr<Sink> open() override { return world_.open(options_, table_); }

  protected:
    KafkaWorld world_;
    KafkaOptions options_;
    std::string table_ = SharedBroker::new_table();
};

class RecordCopy final : public CopyBase {
  public:
    RecordCopy() : CopyBase(KafkaMode::Idempotent, KafkaFormat::Record) {}
};
class RowCopy final : public CopyBase {
  public:
    RowCopy() : CopyBase(KafkaMode::Transactional, KafkaFormat::Plain) {
        options_.mapping.exclude = {"l"};
    }
};
class EnvelopeCopy final : public CopyBase {
  public:
    EnvelopeCopy() : CopyBase(KafkaMode::Transactional, KafkaFormat::Debezium) {
        // So little that keys come in slices.
        options_.reading_bytes_max = 1u << 20;
    }
};

// The suites make their targets before SetUp(): where there is no broker, they are not there.
template <typename Make>
std::vector<Make> if_there(std::vector<Make> all) {
    return SharedBroker::is_there() ? all : std::vector<Make>{};
}

INSTANTIATE_TEST_SUITE_P(KafkaBroker, SinkContract,
                         testing::ValuesIn(if_there<MakeTarget>({&make_target<Idempotent>,
                                                                 &make_target<Transactional>})));
INSTANTIATE_TEST_SUITE_P(KafkaBroker, PositionContract,
                         testing::ValuesIn(if_there<MakeKeeper>({&make_keeper<Keeper>})));
INSTANTIATE_TEST_SUITE_P(KafkaBroker, CopyContract,
                         testing::ValuesIn(if_there<MakeCopy>({&make_copy<RecordCopy>,
                                                               &make_copy<RowCopy>,
                                                               &make_copy<EnvelopeCopy>})));
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(SinkContract);
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(PositionContract);
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(CopyContract);

TEST(KafkaBroker, IsThere) {
    MB_NEEDS_KAFKA();
}

}  // namespace
}  // namespace millbeck::sinks
