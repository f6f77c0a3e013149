// SPDX-License-Identifier: Apache-2.0
#include "engine.h"

#include <algorithm>
#include <cstring>

#include ROOT_HEADER
#include "verilated_save.h"
#include "verilated_syms.h"

/* Verilator's own: all combinational logic from all registers, as before the first evaluation. */
void SETTLE(ROOT *root);

namespace faults
{
namespace
{

class Writer : public VerilatedSerialize
{
  public:
    explicit Writer(std::vector<uint8_t> &to) : to_(to)
    {
        m_isOpen = true;
        to_.clear();
    }
    void flush() override
    {
        to_.insert(to_.end(), m_bufp, m_cp);
        m_cp = m_bufp;
    }

  private:
    std::vector<uint8_t> &to_;
};

class Reader : public VerilatedDeserialize
{
  public:
    explicit Reader(const std::vector<uint8_t> &from) : from_(from)
    {
        m_isOpen = true;
        m_endp = m_bufp;
    }
    void fill() override
    {
        size_t left = size_t(m_endp - m_cp);
        std::memmove(m_bufp, m_cp, left);
        m_cp = m_bufp;
        size_t count = std::min(bufferSize() - left, from_.size() - at_);
        std::memcpy(m_bufp + left, from_.data() + at_, count);
        m_endp = m_bufp + left + count;
        at_ += count;
    }

  private:
    const std::vector<uint8_t> &from_;
    size_t at_ = 0;
};

constexpr char Top[] = "TOP.snap_point_engine";

} // namespace

Engine::Engine()
{
    bench_->in_valid_i = bench_->out_ready_i = 0;
    bench_.reset();
    find_variables();
    keep(whole_);
}

/* What is no register is made anew from those that are. */
bool Engine::is_register(const Variable &variable)
{
    uint32_t before = variable.low();
    variable.flip(0, 0);
    settle();
    if (variable.low() == before)
        return false;
    variable.flip(0, 0);
    settle();
    return true;
}

void Engine::find_variables()
{
    for (const auto &[path, scope] : *bench_.dut().contextp()->scopeNameMap()) {
        if (std::strncmp(path, Top, sizeof Top - 1) != 0 || scope->varsp() == nullptr)
            continue;
        for (const auto &[name, variable] : *scope->varsp()) {
            Variable found;
            found.name = std::string(path + sizeof Top - 1) + "." + name;
            found.name.erase(0, 1); /* the dot behind the top */
            found.data = static_cast<uint8_t *>(variable.datap());
            found.bits = variable.entBits();
            found.bytes = variable.entSize();
            found.words = unsigned(variable.totalSize() / found.bytes);
            if (is_register(found))
                variables_.push_back(found);
        }
    }
    std::sort(variables_.begin(), variables_.end(),
              [](const Variable &a, const Variable &b) { return a.name < b.name; });
}

const Variable &Engine::variable(const std::string &name) const
{
    for (const Variable &variable : variables_)
        if (variable.name == name)
            return variable;
    tb::fail(__FILE__, __LINE__, name.c_str());
}

void Engine::begin(const Batch &batch)
{
    batch_ = &batch;
    restore(whole_); /* reset does not reach memories */
    bench_->out_ready_i = 1;
}

void Engine::cycle()
{
    if (!bench_->in_valid_i || outside_.taken) {
        outside_.taken = false;
        bench_->in_valid_i = outside_.word < batch_->words.size();
        if (bench_->in_valid_i) {
            const Word &word = batch_->words[outside_.word];
            std::copy(word.data.begin(), word.data.end(), bench_->in_data_i.data());
            bench_->in_last_i = word.last;
            bench_->in_error_i = 0;
        }
    }
    bench_.settle();
    if (bench_->in_valid_i && bench_->in_ready_o) {
        outside_.word++;
        outside_.taken = true;
    }
    if (bench_->out_valid_o)
        take_answer();
    bench_.tick();
    outside_.cycle++;
    if (!stuck.empty()) {
        for (const Stuck &bit : stuck)
            bit.variable->set(bit.word, bit.bit, bit.value);
        settle();
    }
}

void Engine::take_answer()
{
    unsigned tag = bench_->out_tag_o;
    if (tag >= BatchJobs || outside_.answers[tag].given) {
        outside_.unasked = true;
        return;
    }
    Answer &answer = outside_.answers[tag];
    answer.given = 1;
    answer.cycle = outside_.cycle;
    answer.value = bench_->out_value_o;
    answer.status = bench_->out_status_o;
    answer.cause = bench_->out_cause_o;
    answer.has_result = bench_->out_has_result_o;
    if (answer.has_result)
        std::memcpy(answer.result.data(), bench_->out_result_o.data(), ResultBytes);
    outside_.answered++;
}

void Engine::keep(Moment &moment)
{
    {
        Writer writer(moment.inside);
        writer << bench_.dut();
        writer.flush();
    }
    moment.outside = outside_;
}

void Engine::restore(const Moment &moment)
{
    Reader reader(moment.inside);
    reader >> bench_.dut();
    outside_ = moment.outside;
}

bool Engine::is_at(const Moment &moment)
{
    Writer writer(scratch_);
    writer << bench_.dut();
    writer.flush();
    return scratch_ == moment.inside && outside_.word == moment.outside.word &&
           outside_.answered == moment.outside.answered;
}

void Engine::settle()
{
    SETTLE(bench_.dut().rootp);
}

void Engine::flip(const Variable &variable, unsigned word, unsigned bit)
{
    bool before = variable.get(word, bit);
    variable.flip(word, bit);
    settle();
    if (variable.get(word, bit) == before)
        tb::fail(__FILE__, __LINE__, (variable.name + " is no register").c_str());
}

} // namespace faults
