// SPDX-License-Identifier: Apache-2.0
/* Figures in Prometheus' text format, version 0.0.4. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "host/api/api.h"
#include "host/api/health.h"

#define LINE_CHARS_MAX 256u

static void line(struct out *out, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void line(struct out *out, const char *format, ...)
{
    char text[LINE_CHARS_MAX];
    va_list arguments;
    va_start(arguments, format);
    int chars = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (chars > 0)
        out_raw(out, text, (size_t)chars < sizeof text ? (size_t)chars : sizeof text - 1);
}

static void head(struct out *out, const char *name, const char *type, const char *help)
{
    line(out, "# HELP snapscale_%s %s\n", name, help);
    line(out, "# TYPE snapscale_%s %s\n", name, type);
}

static void gauge(struct out *out, const char *name, const char *help, uint64_t value)
{
    head(out, name, "gauge", help);
    line(out, "snapscale_%s %" PRIu64 "\n", name, value);
}

static void counter(struct out *out, const char *name, const char *help, uint64_t value)
{
    head(out, name, "counter", help);
    line(out, "snapscale_%s %" PRIu64 "\n", name, value);
}

static void chain_metrics(struct out *out, struct api *api)
{
    struct health health;
    health_look(api, &health);
    gauge(out, "head_height", "Height of the last block.", health.head);
    gauge(out, "final_height", "Height of the last final block.", health.final);
    gauge(out, "producing", "1 when blocks are made.", health.producing);
    gauge(out, "state_failed", "1 when the state's store has failed.", health.state_failed);
    counter(out, "blocks_total", "Blocks that this node has made.", health.producer.blocks);
    counter(out, "slots_missed_total", "Slots of this node without a block.",
            health.producer.slots_missed);
    counter(out, "transactions_total", "Transactions in those blocks.",
            health.producer.transactions);
    counter(out, "transactions_failed_total", "Transactions that were tried and failed.",
            health.producer.failed_transactions);
    counter(out, "seal_microseconds_total", "Time spent on sealing blocks.",
            health.producer.seal_us_total);
}

static void intake_metrics(struct out *out, struct api *api)
{
    struct intake_stats stats;
    intake_stats(api->options.intake, &stats);
    gauge(out, "pool_transactions", "Transactions in the pool.", stats.in_pool);
    gauge(out, "pool_ready", "Those of them whose signers are known.", stats.in_pool_ready);
    gauge(out, "pool_bytes", "Packed bytes in the pool.", stats.bytes);
    counter(out, "intake_submitted_total", "Transactions that were accepted into the pool.",
            stats.submitted);
    counter(out, "intake_expired_total", "Transactions that expired in the pool.", stats.expired);
    head(out, "intake_refused_total", "counter", "Transactions that were refused, by reason.");
    line(out, "snapscale_intake_refused_total{reason=\"duplicate\"} %" PRIu64 "\n",
         stats.refused_duplicate);
    line(out, "snapscale_intake_refused_total{reason=\"pool\"} %" PRIu64 "\n", stats.refused_pool);
    line(out, "snapscale_intake_refused_total{reason=\"account\"} %" PRIu64 "\n",
         stats.refused_account);
    line(out, "snapscale_intake_refused_total{reason=\"other\"} %" PRIu64 "\n",
         stats.refused - stats.refused_duplicate - stats.refused_pool - stats.refused_account);
    head(out, "intake_keys_total", "counter", "Signers that were found, by whom.");
    line(out, "snapscale_intake_keys_total{by=\"card\"} %" PRIu64 "\n", stats.keys_by_card);
    line(out, "snapscale_intake_keys_total{by=\"cpu\"} %" PRIu64 "\n", stats.keys_by_cpu);
    counter(out, "intake_rechecks_total", "Signers that were looked for again on the CPU.",
            stats.rechecks);
    counter(out, "intake_recheck_differed_total", "Those of them that a card had got wrong.",
            stats.recheck_differed);
}

static void offload_metrics(struct out *out, struct api *api)
{
    struct offload_stats stats;
    offload_stats(api->options.offload, &stats);
    head(out, "offload_jobs_total", "counter", "Jobs that were answered, by kind and by whom.");
    for (unsigned i = 0; i < OFFLOAD_KINDS; i++) {
        const char *name = offload_kind_info((enum offload_kind)i)->name;
        line(out, "snapscale_offload_jobs_total{kind=\"%s\",by=\"card\"} %" PRIu64 "\n", name,
             stats.kinds[i].card);
        line(out, "snapscale_offload_jobs_total{kind=\"%s\",by=\"cpu\"} %" PRIu64 "\n", name,
             stats.kinds[i].cpu);
    }
    gauge(out, "offload_in_flight", "Jobs that are accepted and not answered.", stats.in_flight);
    head(out, "card_up", "gauge", "1 when the card is in service.");
    for (unsigned i = 0; i < stats.card_count; i++)
        line(out, "snapscale_card_up{card=\"%u\"} %d\n", i, stats.cards[i].up);
    head(out, "card_events_total", "counter", "What happened to a card, by reason.");
    for (unsigned i = 0; i < stats.card_count; i++)
        for (unsigned j = 0; j < OFFLOAD_REASONS; j++)
            line(out, "snapscale_card_events_total{card=\"%u\",reason=\"%s\"} %" PRIu64 "\n", i,
                 offload_reason_name((enum offload_reason)j), stats.cards[i].reasons[j]);
}

static void http_metrics(struct out *out, struct api *api)
{
    struct api_counters *counters = &api->counters;
    struct feed_stats feed;
    feed_stats(api->feed, &feed);
    counter(out, "http_requests_total", "Requests that came.", atomic_load(&counters->requests));
    head(out, "http_answers_total", "counter", "Answers by class of their status.");
    for (unsigned i = 1; i <= 5; i++)
        line(out, "snapscale_http_answers_total{class=\"%uxx\"} %" PRIu64 "\n", i,
             atomic_load(&counters->answers[i]));
    counter(out, "http_transactions_total", "Transactions that requests brought.",
            atomic_load(&counters->transactions));
    gauge(out, "http_waiting", "Requests that wait for the ledger.",
          atomic_load(&counters->waiting));
    gauge(out, "http_connections", "Open connections.", connections_count(api->connections));
    gauge(out, "http_body_bytes", "Memory of requests under way.",
          atomic_load(&api->in_flight_bytes));
    gauge(out, "http_answer_bytes", "Memory of answers that are not read yet.",
          atomic_load(&api->answer_bytes));
    gauge(out, "events_subscribers", "Readers of the event stream.", feed.subscribers);
    counter(out, "events_dropped_total", "Readers that were too slow.", feed.dropped);
}

bool metrics_get(struct request *request)
{
    struct out *out = &request->out;
    chain_metrics(out, request->api);
    intake_metrics(out, request->api);
    offload_metrics(out, request->api);
    http_metrics(out, request->api);
    request->content_type = "text/plain; version=0.0.4; charset=utf-8";
    return true;
}
