#include "sinks/handler/runtime_command.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include "base/child_process.hpp"
#include "sinks/handler/bootstrap_texts.hpp"

namespace millbeck::sinks {

namespace {

using base::Code;
using base::Result;

constexpr int kVersionMilliseconds = 20'000;  // for `node --version`, on a machine that is busy

bool all_digits(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(),
                                        [](unsigned char c) { return std::isdigit(c) != 0; });
}

Result<std::string> absolute_name(const base::Path& path) {
    std::error_code error;
    const base::Path found = std::filesystem::absolute(path, error);
    if (error) {
        return base::fail(Code::Io, "no absolute path for " + path.native());
    }
    return found.native();
}

Result<std::string> on_path(std::string_view name, std::string_view runtime) {
    auto found = base::find_executable(name);
    if (!found) {
        return base::fail(found.error().code, fmt::format("runtime {} needs {}: {}", runtime, name,
                                                          found.error().message));
    }
    return absolute_name(*found);
}

// The first line that `executable --version` writes.
Result<std::string> version_of(const std::string& executable) {
    MB_TRY(auto child,
           base::ChildProcess::start(
               {.command = {executable, "--version"}, .environment = {}, .working_folder = {}}));
    std::string text;
    for (;;) {
        pollfd file{child.stdout_fd(), POLLIN, 0};
        std::array<char, 256> bytes{};
        if (::poll(&file, 1, kVersionMilliseconds) <= 0) {
            break;
        }
        const ssize_t got = ::read(child.stdout_fd(), bytes.data(), bytes.size());
        if (got <= 0) {
            break;
        }
        text.append(bytes.data(), static_cast<std::size_t>(got));
    }
    return text.substr(0, text.find('\n'));
}

// A name on PATH may stand for a version that is not there (version managers put such names there).
bool is_python(const std::string& command) {
    const auto version = version_of(command);
    return version && version->starts_with("Python 3");
}

Result<RuntimeCommand> own_bootstrap(const HandlerOptions& options) {
    const base::Path bootstrap = options.lambda.code / "bootstrap";
    if (options.lambda.installed) {
        return RuntimeCommand{{bootstrap.native()}, {}};
    }
    auto found = base::find_executable(bootstrap.native());
    if (!found && found.error().code == Code::NotFound) {
        return base::fail(Code::NotFound,
                          fmt::format("runtime {} needs an executable file \"bootstrap\" in the "
                                      "code folder, and {} does not exist",
                                      options.lambda.runtime, bootstrap.native()));
    }
    if (!found) {
        return base::fail(Code::Io,
                          fmt::format("{}; the mode bits of \"bootstrap\" must let it run: "
                                      "chmod +x",
                                      found.error().message));
    }
    MB_TRY(std::string command, absolute_name(*found));
    return RuntimeCommand{{std::move(command)}, {}};
}

Result<RuntimeCommand> python(const HandlerOptions& options) {
    auto command = on_path(options.lambda.runtime, options.lambda.runtime);
    if (options.lambda.installed && !(command && is_python(*command))) {
        command = on_path("python3", options.lambda.runtime);
    }
    if (!command) {
        return tl::unexpected<base::Error>(std::move(command).error());
    }
    return RuntimeCommand{{std::move(*command), "-u", "-"}, std::string(kPythonBootstrap)};
}

// `version`: "20" of nodejs20.x, nullopt for any.
Result<RuntimeCommand> node(const HandlerOptions& options,
                            std::optional<std::string_view> version) {
    MB_TRY(std::string command, on_path("node", options.lambda.runtime));
    if (version && !options.lambda.installed) {
        MB_TRY(const std::string found, version_of(command));
        if (!found.starts_with(fmt::format("v{}.", *version))) {
            return base::fail(Code::Invalid,
                              fmt::format("runtime {} needs node {}, and the node on PATH says {}; "
                                          "runtime nodejs takes whichever is there",
                                          options.lambda.runtime, *version, found));
        }
    }
    RuntimeCommand started{{std::move(command)}, std::string(kNodeBootstrap)};
    if (options.debug) {
        started.command.emplace_back("--inspect=127.0.0.1:0");
    }
    started.command.emplace_back("-");
    return started;
}

Result<RuntimeCommand> own_command(const HandlerOptions& options) {
    std::vector<std::string> command = options.command;
    base::Path name = command.front();
    if (name.native().find('/') != std::string::npos && name.is_relative()) {
        name = options.lambda.code / name;
    }
    MB_TRY(const base::Path found, base::find_executable(name.native()));
    MB_TRY(command.front(), absolute_name(found));
    return RuntimeCommand{std::move(command), {}};
}

// nullopt: no language that Millbeck brings a bootstrap for.
std::optional<Result<RuntimeCommand>> language(const HandlerOptions& options) {
    const std::string_view runtime = options.lambda.runtime;
    constexpr std::string_view kPython = "python3";
    constexpr std::string_view kNode = "nodejs";
    if (runtime == kPython || (runtime.starts_with("python3.") && all_digits(runtime.substr(8)))) {
        return python(options);
    }
    if (runtime == kNode) {
        return node(options, std::nullopt);
    }
    if (runtime.starts_with(kNode) && runtime.ends_with(".x")) {
        const std::string_view version =
            runtime.substr(kNode.size(), runtime.size() - kNode.size() - 2);
        if (all_digits(version)) {
            return node(options, version);
        }
    }
    return std::nullopt;
}

}  // namespace

Result<RuntimeCommand> resolve_runtime(const HandlerOptions& options) {
    const std::string& runtime = options.lambda.runtime;
    std::error_code ignored;
    if (!std::filesystem::is_directory(options.lambda.code, ignored)) {
        return base::fail(Code::NotFound,
                          fmt::format("code: {} is not a folder", options.lambda.code.native()));
    }
    if (runtime.empty()) {
        return own_command(options);
    }
    if (runtime == "provided.al2023" || runtime == "provided.al2") {
        return own_bootstrap(options);
    }
    if (options.lambda.handler.empty()) {
        return base::fail(Code::Invalid,
                          fmt::format("runtime {} needs a handler, like app.handler", runtime));
    }
    if (auto command = language(options)) {
        return std::move(*command);
    }
    return base::fail(
        Code::Invalid,
        fmt::format("runtime {} is not here; there are provided.al2023, provided.al2, python3, "
                    "python3.N, nodejs and nodejsN.x; any other client of the Runtime API runs "
                    "as a command",
                    runtime));
}

}  // namespace millbeck::sinks
