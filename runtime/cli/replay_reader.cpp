// A replay to standard output or a file: pages are pulled; that one is asked for says that all
// before it are safe.
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string_view>

#include <fcntl.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "base/unique_fd.hpp"
#include "runtime/cli/progress.hpp"
#include "runtime/cli/replay_flags.hpp"

namespace millbeck::runtime::cli {

using base::Code;
using base::Result;
using base::Status;
using Json = nlohmann::json;

namespace {

constexpr std::string_view kFile = "file:";
constexpr base::Milliseconds kPageTimeout{60'000};

// Where lines go.
class Lines {
  public:
    explicit Lines(Terminal& terminal) : terminal_(terminal) {}

    // Of a replay that goes on, the file is made longer; of a new one, it must not be there.
    Status open(const std::string& into, bool goes_on) {
        if (!into.starts_with(kFile)) {
            return {};
        }
        path_ = into.substr(kFile.size());
        file_ = base::UniqueFd(
            ::open(path_.c_str(),
                   O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | (goes_on ? 0 : O_EXCL), 0600));
        if (file_.get() < 0 && errno == EEXIST) {
            return base::fail(
                Code::Invalid,
                fmt::format("{} is there already; remove it, or choose another file", path_));
        }
        return file_.get() < 0 ? broken("opened") : Status{};
    }

    // Safe when it returns: written out, of a file synced.
    Status add(std::string_view text) {
        if (path_.empty()) {
            terminal_.out << text << std::flush;
            return terminal_.out ? Status{}
                                 : base::fail(Code::Cancelled, "nobody reads standard output");
        }
        while (!text.empty()) {
            const ssize_t written = ::write(file_.get(), text.data(), text.size());
            if (written < 0 && errno == EINTR) {
                continue;
            }
            if (written < 0) {
                return broken("written");
            }
            text.remove_prefix(static_cast<std::size_t>(written));
        }
        return ::fdatasync(file_.get()) == 0 ? Status{} : broken("synced");
    }

  private:
    [[nodiscard]] Status broken(std::string_view what) const {
        return base::fail(Code::Io, fmt::format("{} cannot be {}: {}", path_, what,
                                                std::strerror(errno)));  // NOLINT: one thread
    }

    Terminal& terminal_;
    std::string path_;
    base::UniqueFd file_;
};

struct Page {
    Json head;
    std::string_view lines;
};

Page split(const std::string& answer) {
    const std::size_t end = answer.find('\n');
    return {Json::parse(answer.substr(0, end)), std::string_view(answer).substr(end + 1)};
}

// The request that asks for a page, without its cursor. A named replay is begun, or found again.
struct Asked {
    Json request;
    std::string cursor;
    bool goes_on = false;
};

Result<Asked> ask(Client& client, const ReplayFlags& flags) {
    Json request = Json::parse(request_text(flags, 0));
    if (flags.name.empty()) {
        request.erase("into");
        MB_TRY(const auto answer, client.post("replays/resolve", request.dump()));
        const Json range = Json::parse(answer);
        request["from"] = range.at("from");
        request["to"] = range.at("to");
        return Asked{request, range.at("from").get<std::string>()};
    }
    MB_TRY(const auto answer, client.post("replays", request.dump()));
    const Json status = Json::parse(answer);
    const bool goes_on = status.contains("cursor");
    return Asked{Json{{"name", flags.name}},
                 status.at(goes_on ? "cursor" : "from").get<std::string>(), goes_on};
}

Result<std::uint64_t> pull(Client& client, Asked asked, Lines& lines, Progress& bar) {
    std::uint64_t all = 0;
    std::uint64_t taken = 0;
    while (true) {
        asked.request["cursor"] = asked.cursor;
        if (asked.request.contains("name")) {
            asked.request["taken"] = taken;
        }
        MB_TRY(const auto answer, client.post("replays/next", asked.request.dump(), kPageTimeout));
        const Page page = split(answer);
        MB_TRY_STATUS(lines.add(page.lines));
        taken = page.head.at("records").get<std::uint64_t>();
        all += taken;
        const auto next = page.head.at("cursor").get<std::string>();
        bar.show(all, page.head.at("done").get<double>());
        const bool is_told = !asked.request.contains("name") || next == asked.cursor;
        if (page.head.at("end").get<bool>() && is_told) {
            return all;
        }
        asked.cursor = next;
    }
}

}  // namespace

int read_replay(Terminal& terminal, Client& client, const ReplayFlags& flags) {
    const auto asked = ask(client, flags);
    if (!asked) {
        return report_client(terminal, asked.error());
    }
    Lines lines(terminal);
    if (const Status opened = lines.open(flags.into, asked->goes_on); !opened) {
        return report_client(terminal, opened.error());
    }
    Progress bar(terminal, "records");
    const auto all = pull(client, *asked, lines, bar);
    bar.wipe();
    if (!all) {
        return report_client(terminal, all.error());
    }
    terminal.err << fmt::format("{} records\n", grouped(*all));
    return kExitOk;
}

}  // namespace millbeck::runtime::cli
