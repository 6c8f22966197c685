#include "sinks/http/http_lanes.hpp"

#include <algorithm>
#include <cctype>
#include <list>
#include <mutex>

#include <curl/curl.h>
#include <fmt/format.h>

#include "base/mutex.hpp"

namespace millbeck::sinks {

namespace {

using base::Code;
using base::Instant;

struct EasyCloser {
    void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
using Easy = std::unique_ptr<CURL, EasyCloser>;

struct MultiCloser {
    void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
};

struct ListCloser {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

void init_once() {
    static std::once_flag flag;
    std::call_once(flag, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
}

// One request on its way. Address stays: curl points to it.
struct Transfer {
    const HttpCall* call = nullptr;
    HttpAnswer* answer = nullptr;
    std::size_t bytes_max = 0;
    Easy easy;
    std::unique_ptr<curl_slist, ListCloser> lines;
};

// Call-backs of curl: returning less than was given makes the transfer fail.
std::size_t take_body(char* bytes, std::size_t size, std::size_t count, void* into) {
    auto& transfer = *static_cast<Transfer*>(into);
    std::string& body = transfer.answer->body;
    if (body.size() + size * count > transfer.bytes_max) {
        return 0;
    }
    body.append(bytes, size * count);
    return size * count;
}

std::size_t take_header(char* bytes, std::size_t size, std::size_t count, void* into) {
    auto& headers = static_cast<Transfer*>(into)->answer->headers;
    const std::string_view line(bytes, size * count);
    if (line.starts_with("HTTP/")) {
        headers.clear();  // of the interim answer before this one
    }
    const std::size_t colon = line.find(':');
    if (colon != std::string_view::npos) {
        std::string name(line.substr(0, colon));
        std::transform(name.begin(), name.end(), name.begin(),
                       [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        std::string_view value = line.substr(colon + 1);
        const std::size_t first = std::min(value.find_first_not_of(" \t\r\n"), value.size());
        value.remove_prefix(first);
        headers[name] = value.substr(0, value.find_last_not_of(" \t\r\n") + 1);
    }
    return line.size();
}

bool was_never_sent(CURLcode result) {
    return result == CURLE_COULDNT_CONNECT || result == CURLE_COULDNT_RESOLVE_HOST ||
           result == CURLE_SSL_CONNECT_ERROR || result == CURLE_PEER_FAILED_VERIFICATION;
}

base::Error error_of(CURLcode result) {
    if (was_never_sent(result)) {
        return {Code::Unavailable, curl_easy_strerror(result)};
    }
    return {result == CURLE_OPERATION_TIMEDOUT ? Code::DeadlineExceeded : Code::Io,
            curl_easy_strerror(result)};
}

// A multi handle with easy handles that are used again: that is what keeps connections.
struct Lane {
    std::unique_ptr<CURLM, MultiCloser> multi{curl_multi_init()};
    std::vector<Easy> idle;
};

class CurlLanes final : public HttpLanes {
  public:
    CurlLanes(HttpLanesOptions options, const base::Clock& clock)
        : options_(std::move(options)), clock_(clock) {
        for (unsigned i = 0; i < options_.lanes; ++i) {
            lanes_.push_back(std::make_unique<Lane>());
            MB_CHECK(lanes_.back()->multi != nullptr, "curl has no memory");
            // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg): curl's own signature.
            curl_multi_setopt(lanes_.back()->multi.get(), CURLMOPT_MAXCONNECTS,
                              static_cast<long>(options_.parallel));
        }
    }

    std::vector<HttpAnswer> send(const std::vector<HttpCall>& calls, Instant deadline) override;
    void stop(Instant deadline) override;

  private:
    std::unique_ptr<Lane> enter();
    void leave(std::unique_ptr<Lane> lane);
    void run(Lane& lane, const std::vector<HttpCall>& calls, std::vector<HttpAnswer>& answers,
             Instant deadline);
    void start(Lane& lane, Transfer& transfer, Instant deadline);
    void collect(Lane& lane, std::list<Transfer>& running);
    void cut_off(Lane& lane, std::list<Transfer>& running, Instant deadline);
    bool is_cut();

    const HttpLanesOptions options_;
    const base::Clock& clock_;
    base::Mutex mutex_;
    base::ConditionVariable changed_;
    std::vector<std::unique_ptr<Lane>> lanes_ MB_GUARDED_BY(mutex_);
    std::vector<CURLM*> busy_ MB_GUARDED_BY(mutex_);
    bool is_closed_ MB_GUARDED_BY(mutex_) = false;
    bool is_cut_ MB_GUARDED_BY(mutex_) = false;
};

std::unique_ptr<Lane> CurlLanes::enter() {
    const base::MutexLock lock(mutex_);
    if (is_closed_ || lanes_.empty()) {
        return nullptr;
    }
    auto lane = std::move(lanes_.back());
    lanes_.pop_back();
    busy_.push_back(lane->multi.get());
    return lane;
}

void CurlLanes::leave(std::unique_ptr<Lane> lane) {
    const base::MutexLock lock(mutex_);
    busy_.erase(std::find(busy_.begin(), busy_.end(), lane->multi.get()));
    lanes_.push_back(std::move(lane));
    changed_.notify_all();
}

bool CurlLanes::is_cut() {
    const base::MutexLock lock(mutex_);
    return is_cut_;
}

std::vector<HttpAnswer> CurlLanes::send(const std::vector<HttpCall>& calls, Instant deadline) {
    std::vector<HttpAnswer> answers(calls.size());
    std::unique_ptr<Lane> lane = enter();
    if (!lane) {
        for (HttpAnswer& answer : answers) {
            answer.was_sent = false;
            answer.error = {Code::Cancelled, "the sink is being stopped"};
        }
        return answers;
    }
    run(*lane, calls, answers, deadline);
    leave(std::move(lane));
    return answers;
}

void CurlLanes::run(Lane& lane, const std::vector<HttpCall>& calls,
                    std::vector<HttpAnswer>& answers, Instant deadline) {
    std::list<Transfer> running;
    std::size_t next = 0;
    while (next < calls.size() || !running.empty()) {
        if (clock_.instant() >= deadline || is_cut()) {
            cut_off(lane, running, deadline);
            break;
        }
        while (next < calls.size() && running.size() < options_.parallel) {
            running.push_back({&calls[next], &answers[next], options_.answer_bytes_max, {}, {}});
            start(lane, running.back(), deadline);
            ++next;
        }
        int alive = 0;
        curl_multi_perform(lane.multi.get(), &alive);
        const std::size_t before = running.size();
        collect(lane, running);
        if (running.size() == before) {
            const auto left = std::chrono::ceil<base::Milliseconds>(deadline - clock_.instant());
            constexpr std::int64_t kPollMsMax = 60'000;
            const auto wait = std::clamp<std::int64_t>(left.count(), 0, kPollMsMax);
            curl_multi_poll(lane.multi.get(), nullptr, 0, static_cast<int>(wait), nullptr);
        }
    }
    for (; next < calls.size(); ++next) {
        answers[next].was_sent = false;
        answers[next].error = {is_cut() ? Code::Cancelled : Code::DeadlineExceeded,
                               "there was no time to ask"};
    }
}

void CurlLanes::start(Lane& lane, Transfer& transfer, Instant deadline) {
    if (lane.idle.empty()) {
        lane.idle.emplace_back(curl_easy_init());
        MB_CHECK(lane.idle.back() != nullptr, "curl has no memory");
    }
    transfer.easy = std::move(lane.idle.back());
    lane.idle.pop_back();
    curl_slist* lines = curl_slist_append(nullptr, "Expect:");
    for (const std::string& header : transfer.call->headers) {
        lines = curl_slist_append(lines, header.c_str());
    }
    transfer.lines.reset(lines);
    const auto left = std::chrono::ceil<base::Milliseconds>(deadline - clock_.instant());
    const auto timeout = std::max<std::int64_t>(1, std::min(left, options_.timeout).count());
    CURL* easy = transfer.easy.get();
    // NOLINTBEGIN(cppcoreguidelines-pro-type-vararg): curl's own signature.
    curl_easy_setopt(easy, CURLOPT_URL, options_.url.c_str());
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(timeout));
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
                     static_cast<long>(options_.connect_timeout.count()));
    if (!options_.ca_file.empty()) {
        curl_easy_setopt(easy, CURLOPT_CAINFO, options_.ca_file.c_str());
    }
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, transfer.lines.get());
    curl_easy_setopt(easy, CURLOPT_POST, 1L);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, transfer.call->body.data());
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
                     static_cast<curl_off_t>(transfer.call->body.size()));
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &take_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, &transfer);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &take_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, &transfer);
    curl_easy_setopt(easy, CURLOPT_PRIVATE, &transfer);
    // NOLINTEND(cppcoreguidelines-pro-type-vararg)
    curl_multi_add_handle(lane.multi.get(), easy);
}

void CurlLanes::collect(Lane& lane, std::list<Transfer>& running) {
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(lane.multi.get(), &left)) {
        if (message->msg != CURLMSG_DONE) {
            continue;
        }
        CURL* const easy = message->easy_handle;
        const CURLcode result = message->data.result;
        const auto found = std::find_if(running.begin(), running.end(), [&](const Transfer& each) {
            return each.easy.get() == easy;
        });
        HttpAnswer& answer = *found->answer;
        if (result == CURLE_OK) {
            long status = 0;
            // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg): curl's own signature.
            curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
            answer.status = static_cast<unsigned>(status);
        } else {
            answer.was_sent = !was_never_sent(result);
            answer.error = error_of(result);
        }
        curl_multi_remove_handle(lane.multi.get(), easy);
        lane.idle.push_back(std::move(found->easy));
        curl_easy_reset(easy);  // before its header lines go
        found->answer = nullptr;
    }
    std::erase_if(running, [](const Transfer& each) { return each.answer == nullptr; });
}

void CurlLanes::cut_off(Lane& lane, std::list<Transfer>& running, Instant deadline) {
    const bool is_late = clock_.instant() >= deadline;
    for (Transfer& transfer : running) {
        transfer.answer->error = is_late ? base::Error{Code::DeadlineExceeded, "no answer in time"}
                                         : base::Error{Code::Cancelled, "the sink was stopped"};
        // Its connection goes with it: the answer may still come.
        curl_multi_remove_handle(lane.multi.get(), transfer.easy.get());
    }
    running.clear();
}

void CurlLanes::stop(Instant deadline) {
    const base::MutexLock lock(mutex_);
    is_closed_ = true;
    while (!busy_.empty() && changed_.wait_until(mutex_, deadline) != std::cv_status::timeout) {
    }
    is_cut_ = true;
    for (CURLM* multi : busy_) {
        curl_multi_wakeup(multi);
    }
}

struct UrlCloser {
    void operator()(CURLU* url) const { curl_url_cleanup(url); }
};

}  // namespace

base::Result<std::unique_ptr<HttpLanes>> HttpLanes::open(HttpLanesOptions options,
                                                         const base::Clock& clock) {
    init_once();
    const std::unique_ptr<CURLU, UrlCloser> url(curl_url());
    const bool is_http = options.url.starts_with("http://") || options.url.starts_with("https://");
    if (!is_http || curl_url_set(url.get(), CURLUPART_URL, options.url.c_str(), 0) != CURLUE_OK) {
        return base::fail(Code::Invalid,
                          fmt::format("\"{}\" is no http:// or https:// URL", options.url));
    }
    return std::make_unique<CurlLanes>(std::move(options), clock);
}

}  // namespace millbeck::sinks
