#include "base/metrics.hpp"

#include <algorithm>
#include <map>
#include <sstream>
#include <vector>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include "base/mutex.hpp"
#include "base/result.hpp"

namespace millbeck::base {
namespace {

using LabelMap = std::map<std::string, std::string>;
using Key = std::pair<std::string, LabelMap>;

class KeptCounter final : public Counter {
  public:
    explicit KeptCounter(prometheus::Counter& inner) : inner_(inner) {}
    void add(double by) override { inner_.Increment(by); }
    [[nodiscard]] double value() const override { return inner_.Value(); }

  private:
    prometheus::Counter& inner_;
};

class KeptGauge final : public Gauge {
  public:
    explicit KeptGauge(prometheus::Gauge& inner) : inner_(inner) {}
    void set(double value) override { inner_.Set(value); }
    [[nodiscard]] double value() const override { return inner_.Value(); }

  private:
    prometheus::Gauge& inner_;
};

class KeptHistogram final : public Histogram {
  public:
    explicit KeptHistogram(prometheus::Histogram& inner) : inner_(inner) {}
    void observe(double value) override { inner_.Observe(value); }

  private:
    prometheus::Histogram& inner_;
};

// 10 us, 20 us, 40 us, ... 83.9 s: 24 buckets.
prometheus::Histogram::BucketBoundaries bucket_bounds() {
    constexpr int kBuckets = 24;
    prometheus::Histogram::BucketBoundaries bounds;
    for (int i = 0; i < kBuckets; ++i) {
        bounds.push_back(static_cast<double>(1 << i) / 1e5);
    }
    return bounds;
}

// The same text for the same numbers on every run: families by name, their members by label.
void sort_families(std::vector<prometheus::MetricFamily>& families) {
    std::sort(families.begin(), families.end(),
              [](const auto& a, const auto& b) { return a.name < b.name; });
    for (auto& family : families) {
        std::sort(family.metric.begin(), family.metric.end(),
                  [](const auto& a, const auto& b) { return a.label < b.label; });
    }
}

}  // namespace

struct Metrics::Impl {
    Mutex mutex;
    prometheus::Registry registry;  // has a lock of its own
    std::map<Key, KeptCounter> counters MB_GUARDED_BY(mutex);
    std::map<Key, KeptGauge> gauges MB_GUARDED_BY(mutex);
    std::map<Key, KeptHistogram> histograms MB_GUARDED_BY(mutex);
    std::vector<std::function<void()>> refreshers MB_GUARDED_BY(mutex);

    // Finds the metric or makes it with `make(labels)`. A name or label Prometheus refuses, or one
    // name used for two kinds, is our bug: the library throws and we abort.
    template <typename Kept, typename Make>
    static Kept& find_or_make(std::map<Key, Kept>& kept, std::string_view name, Labels labels,
                              Make make) {
        Key key{std::string(name), LabelMap(labels.begin(), labels.end())};
        const auto found = kept.find(key);
        if (found != kept.end()) {
            return found->second;
        }
        try {
            auto& inner = make(key);
            return kept.try_emplace(std::move(key), inner).first->second;
        } catch (const std::exception& error) {
            check_failed(__FILE__, __LINE__, "metric name", key.first + ": " + error.what());
        }
    }
};

Metrics::Metrics() : impl_(std::make_unique<Impl>()) {}
Metrics::~Metrics() = default;

Counter& Metrics::counter(std::string_view name, std::string_view help, Labels labels) {
    const MutexLock lock(impl_->mutex);
    return Impl::find_or_make(impl_->counters, name, labels,
                              [&](const Key& key) -> prometheus::Counter& {
                                  return prometheus::BuildCounter()
                                      .Name(key.first)
                                      .Help(std::string(help))
                                      .Register(impl_->registry)
                                      .Add(key.second);
                              });
}

Gauge& Metrics::gauge(std::string_view name, std::string_view help, Labels labels) {
    const MutexLock lock(impl_->mutex);
    return Impl::find_or_make(impl_->gauges, name, labels,
                              [&](const Key& key) -> prometheus::Gauge& {
                                  return prometheus::BuildGauge()
                                      .Name(key.first)
                                      .Help(std::string(help))
                                      .Register(impl_->registry)
                                      .Add(key.second);
                              });
}

Histogram& Metrics::histogram(std::string_view name, std::string_view help, Labels labels) {
    const MutexLock lock(impl_->mutex);
    return Impl::find_or_make(impl_->histograms, name, labels,
                              [&](const Key& key) -> prometheus::Histogram& {
                                  return prometheus::BuildHistogram()
                                      .Name(key.first)
                                      .Help(std::string(help))
                                      .Register(impl_->registry)
                                      .Add(key.second, bucket_bounds());
                              });
}

void Metrics::before_print(std::function<void()> refresh) {
    const MutexLock lock(impl_->mutex);
    impl_->refreshers.push_back(std::move(refresh));
}

std::string Metrics::print() const {
    std::vector<std::function<void()>> refreshers;
    {
        const MutexLock lock(impl_->mutex);
        refreshers = impl_->refreshers;
    }
    // Without the lock: a refresher sets gauges, and may ask for them by name.
    for (const auto& refresh : refreshers) {
        refresh();
    }
    const MutexLock lock(impl_->mutex);
    auto families = impl_->registry.Collect();
    sort_families(families);
    std::ostringstream text;
    prometheus::TextSerializer().Serialize(text, families);
    return text.str();
}

}  // namespace millbeck::base
