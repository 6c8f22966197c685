// The yardstick of the sinks that speak HTTP: a bare loop over libcurl.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <curl/curl.h>
#include <fmt/format.h>

#include "tests/bench/target_bench.hpp"

namespace millbeck::bench {

inline std::size_t drop_answer(char*, std::size_t size, std::size_t count, void*) {
    return size * count;
}

// POSTs, `depth` at once on connections that stay open. Threads: one.
class BareCurl {
  public:
    BareCurl(std::string url, const std::vector<std::string>& headers, std::size_t depth)
        : url_(std::move(url)) {
        for (const std::string& header : headers) {
            headers_ = curl_slist_append(headers_, header.c_str());
        }
        for (std::size_t i = 0; i < depth; ++i) {
            all_.push_back(make_easy());
        }
        // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg): curl's own signature.
        curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, static_cast<long>(depth));
    }
    BareCurl(const BareCurl&) = delete;
    BareCurl& operator=(const BareCurl&) = delete;
    ~BareCurl() {
        for (CURL* const easy : all_) {
            curl_easy_cleanup(easy);
        }
        curl_multi_cleanup(multi_);
        curl_slist_free_all(headers_);
    }

    // All of them, `times` over.
    void post(const std::vector<std::string>& bodies, std::size_t times) {
        std::vector<CURL*> idle = all_;
        for (std::size_t next = 0; next < bodies.size() * times || idle.size() < all_.size();) {
            for (; next < bodies.size() * times && !idle.empty(); ++next, idle.pop_back()) {
                start(idle.back(), bodies[next % bodies.size()]);
            }
            int alive = 0;
            curl_multi_perform(multi_, &alive);
            if (!collect(idle)) {
                constexpr int kPollMs = 60'000;
                curl_multi_poll(multi_, nullptr, 0, kPollMs, nullptr);
            }
        }
    }

  private:
    // NOLINTBEGIN(cppcoreguidelines-pro-type-vararg): curl's own signatures.
    [[nodiscard]] CURL* make_easy() const {
        CURL* const easy = curl_easy_init();
        curl_easy_setopt(easy, CURLOPT_URL, url_.c_str());
        curl_easy_setopt(easy, CURLOPT_PROXY, "");
        curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
        curl_easy_setopt(easy, CURLOPT_POST, 1L);
        curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers_);
        curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &drop_answer);
        return easy;
    }

    void start(CURL* easy, const std::string& body) {
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body.data());
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
        curl_multi_add_handle(multi_, easy);
    }

    bool collect(std::vector<CURL*>& idle) {
        const std::size_t before = idle.size();
        int left = 0;
        while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
            CURL* const easy = message->easy_handle;
            constexpr long kOk = 200;
            long status = 0;
            curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
            if (message->data.result != CURLE_OK || status != kOk) {
                give_up(fmt::format("the server answered {}: {}", status,
                                    curl_easy_strerror(message->data.result)));
            }
            curl_multi_remove_handle(multi_, easy);
            idle.push_back(easy);
        }
        return idle.size() > before;
    }
    // NOLINTEND(cppcoreguidelines-pro-type-vararg)

    const std::string url_;
    curl_slist* headers_ = nullptr;
    CURLM* const multi_ = curl_multi_init();
    std::vector<CURL*> all_;
};

// Of each shard its own, with its own bodies, `times` over.
struct BarePosts {
    std::vector<std::unique_ptr<BareCurl>> curls;
    std::vector<std::vector<std::string>> bodies;
    std::size_t times = 1;
    void send() const {
        on_each_shard([this](std::size_t shard) { curls[shard]->post(bodies[shard], times); });
    }
};

}  // namespace millbeck::bench
