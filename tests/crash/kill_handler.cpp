// The handler of the kill rounds: writes down every record it gets before it replies, and may kill
// the server at a chosen moment of its own work.
//
// Environment: KILL_FILE     what it appends to: a line per record, "<run> <sequence> <key> <event>
//                            <value>"
//              KILL_LOCK     held shared while it lives, so that the harness knows when all have
//              gone KILL_RUN      the number of the server's run KILL_HANDLER  <moment>:<count>;
//              moment before-work, after-work or after-reply, count
//                            the how manieth batch of this process; empty: never

#include <csignal>
#include <cstdlib>
#include <iostream>
#include <string>

#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <sys/file.h>
#include <unistd.h>

namespace {

std::string variable(const char* name) {
    const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): one thread
    return value == nullptr ? "" : value;
}

std::string lines_of(const nlohmann::json& event, const std::string& run) {
    std::string lines;
    for (const auto& record : event.at("Records")) {
        const auto& change = record.at("dynamodb");
        const std::string key = change.at("Keys").at("id").at("S");
        const std::string sequence = change.at("SequenceNumber");
        const std::string name = record.at("eventName");
        const std::string value =
            name == "REMOVE" ? "-" : change.at("NewImage").at("v").at("N").get<std::string>();
        lines += run + " " + sequence + " " + key + " " + name + " " + value + "\n";
    }
    return lines;
}

}  // namespace

int main() {
    const pid_t server = ::getppid();
    const std::string run = variable("KILL_RUN");
    const std::string plan = variable("KILL_HANDLER");
    const std::string moment = plan.substr(0, plan.find(':'));
    const long count = plan.empty() ? -1 : std::stol(plan.substr(plan.find(':') + 1));
    const int lock = ::open(variable("KILL_LOCK").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    const int file =
        ::open(variable("KILL_FILE").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (lock < 0 || file < 0 || ::flock(lock, LOCK_SH) != 0) {
        std::cerr << "cannot open the harness's files\n";
        return 1;
    }
    long batch = 0;
    const auto kill_at = [&](const char* now) {
        // The server may have gone already; whoever adopted this process must live.
        if (moment == now && batch == count && ::getppid() == server) {
            ::kill(server, SIGKILL);
        }
    };
    for (std::string line; std::getline(std::cin, line);) {
        ++batch;
        kill_at("before-work");
        const std::string lines = lines_of(nlohmann::json::parse(line), run);
        // One write: the line of another process never falls into the middle of it.
        if (::write(file, lines.data(), lines.size()) != static_cast<ssize_t>(lines.size())) {
            return 1;
        }
        kill_at("after-work");
        std::cout << "{}" << std::endl;
        kill_at("after-reply");
    }
}
