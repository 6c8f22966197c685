// An Apache Kafka broker of its own, alone, on loopback: what install.sh beside this has fetched.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/target_server.hpp"

namespace millbeck::tests {

// Why there is no broker to be had in `folder`; "" when there is one.
inline std::string why_no_kafka(const std::filesystem::path& folder) {
    if (!std::filesystem::exists(folder / "installed")) {
        return "no Apache Kafka in build/kafka (tests/support/kafka/install.sh)";
    }
    return "";
}

// Whether skipping is a failure here.
inline bool is_kafka_required() {
    const char* required = std::getenv("MILLBECK_REQUIRE_KAFKA");  // NOLINT(concurrency-mt-unsafe)
    return required != nullptr && *required != '\0' && std::string(required) != "0";
}

// Threads: one.
class KafkaBroker {
  public:
    // `folder`: where install.sh put it. Throws when it does not start.
    explicit KafkaBroker(std::filesystem::path folder)
        : folder_(std::move(folder)),
          server_({.command = [this](std::uint16_t port) { return command(port); }}) {}

    [[nodiscard]] std::string brokers() const {
        return "127.0.0.1:" + std::to_string(server_.port());
    }
    TargetServer& server() { return server_; }

  private:
    std::vector<std::string> command(std::uint16_t port) {
        const auto data = data_.path() / "data";
        if (port_ != port) {
            port_ = port;
            std::filesystem::remove_all(data);
            std::filesystem::copy(folder_ / "empty", data,
                                  std::filesystem::copy_options::recursive);
            write_settings(data, free_port());
        }
        return {"java",        "-Xms256m",
                "-Xmx512m",    "-XX:+UseSerialGC",
                "-cp",         (folder_ / "jars").native() + "/*",
                "kafka.Kafka", settings().native()};
    }

    [[nodiscard]] std::filesystem::path settings() const {
        return data_.path() / "server.properties";
    }

    void write_settings(const std::filesystem::path& data, std::uint16_t controller) const {
        const std::string broker = "127.0.0.1:" + std::to_string(port_);
        const std::string quorum = "127.0.0.1:" + std::to_string(controller);
        std::ofstream(settings()) << "process.roles=broker,controller\n"
                                  << "node.id=1\n"
                                  << "controller.quorum.voters=1@" << quorum << "\n"
                                  << "controller.listener.names=CONTROLLER\n"
                                  << "listeners=PLAINTEXT://" << broker << ",CONTROLLER://"
                                  << quorum << "\n"
                                  << "advertised.listeners=PLAINTEXT://" << broker << "\n"
                                  << "log.dirs=" << data.native() << "\n"
                                  << "auto.create.topics.enable=false\n"
                                  << "offsets.topic.replication.factor=1\n"
                                  << "offsets.topic.num.partitions=1\n"
                                  << "transaction.state.log.replication.factor=1\n"
                                  << "transaction.state.log.min.isr=1\n"
                                  << "transaction.state.log.num.partitions=1\n"
                                  << "num.network.threads=2\n"
                                  << "num.io.threads=2\n";
    }

    std::filesystem::path folder_;
    TempFolder data_;
    std::uint16_t port_ = 0;
    TargetServer server_;
};

}  // namespace millbeck::tests
