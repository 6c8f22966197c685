// Counts, levels and distributions under their Prometheus names: millbeck_<room>_<noun>_<unit>.
// Third-party types stay in metrics.cpp (prometheus-cpp keeps and prints them).
#pragma once

#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace millbeck::base {

// Only grows. Threads: any, wait-free.
class Counter {
  public:
    virtual ~Counter() = default;
    virtual void add(double by = 1.0) = 0;
    [[nodiscard]] virtual double value() const = 0;
};

// A level that goes up and down. Threads: any, wait-free.
class Gauge {
  public:
    virtual ~Gauge() = default;
    virtual void set(double value) = 0;
    [[nodiscard]] virtual double value() const = 0;
};

// Distribution over buckets 2x apart, from 10 us to 80 s when the unit is seconds. Threads: any.
class Histogram {
  public:
    virtual ~Histogram() = default;
    virtual void observe(double value) = 0;
};

using Labels = std::initializer_list<std::pair<std::string, std::string>>;

// Owns every metric; references stay valid as long as the registry. A name or label
// that Prometheus refuses, or one name for two kinds, is our bug and aborts.
// Threads: any. Asking twice for one name and labels gives the same object.
class Metrics {
  public:
    Metrics();
    ~Metrics();
    Metrics(const Metrics&) = delete;
    Metrics& operator=(const Metrics&) = delete;

    Counter& counter(std::string_view name, std::string_view help, Labels labels = {});
    Gauge& gauge(std::string_view name, std::string_view help, Labels labels = {});
    Histogram& histogram(std::string_view name, std::string_view help, Labels labels = {});

    // Called just before each print, to set gauges that are cheap to read but not to keep.
    void before_print(std::function<void()> refresh);

    // Prometheus text exposition format 0.0.4.
    [[nodiscard]] std::string print() const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace millbeck::base
