// SPDX-License-Identifier: Apache-2.0
// snap_point_loader between words of jobs that come with pauses and models of the threads, of bank
// S and of the collector. Numbers, digests (OpenSSL's) and flags of every thread that is started;
// wrong words; images that are good, and images that are wrong in one thing.
#include HEADER

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <deque>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "snap_isa.h"
#include "snapcard_abi.h"
#include "tb.h"

namespace
{

using Bytes = std::vector<uint8_t>;

constexpr unsigned Threads = 32, Groups = 8, TermBytes = 96, ChunkTerms = 4;
constexpr uint64_t Illegal = ~uint64_t(0);
enum Status : uint8_t { Ok, Input, Fault };

tb::Random random_source(tb::seed());

Bytes random_bytes(size_t count)
{
    Bytes bytes(count);
    for (uint8_t &byte : bytes)
        byte = uint8_t(random_source.next() >> 32);
    return bytes;
}

Bytes digest(const EVP_MD *method, const Bytes &message)
{
    Bytes out(32);
    TB_CHECK(EVP_Digest(message.data(), message.size(), out.data(), nullptr, method, nullptr) == 1);
    return out;
}

Bytes part(const Bytes &from, size_t at, size_t count)
{
    return Bytes(from.begin() + long(at), from.begin() + long(at + count));
}

void append(Bytes &to, const Bytes &more)
{
    to.insert(to.end(), more.begin(), more.end());
}

Bytes from_hex(const char *text)
{
    Bytes bytes;
    for (; *text; text += 2)
        bytes.push_back(uint8_t(std::stoul(std::string(text, 2), nullptr, 16)));
    return bytes;
}

struct Job {
    uint8_t opcode = 0, flags = 0, tag = 0;
    uint64_t cookie = 0;
    Bytes payload;
    int wrong_word = -1; /* of the payload */

    bool message() const
    {
        return flags & SNAP_FLAG_MESSAGE;
    }
    bool grouped() const
    {
        return opcode == SNAP_OP_MSM || opcode == SNAP_OP_PEDERSEN_SUM_ZERO;
    }
};

/* What the loader must do, in this order. */
struct Event {
    enum Kind { Group, Start, Free, Answer } kind;
    Job job;
    unsigned chunks = 0, program = 0, flags = 0;
    std::map<unsigned, Bytes> numbers; /* by register */
    bool last_chunk = false;
    Status status = Ok;
    bool taken = false; /* the image */
};

/* ---------------------------------------------------------------- what a job's thread must find */

/* The payload's numbers, the digest where the page of the opcodes says. */
std::map<unsigned, Bytes> numbers_of(const Job &job)
{
    std::map<unsigned, Bytes> numbers;
    auto fixed = [&](unsigned first, unsigned count) {
        for (unsigned i = 0; i < count; i++)
            numbers[first + i] = part(job.payload, 32 * i, 32);
    };
    auto rest = [&](size_t from) { return part(job.payload, from, job.payload.size() - from); };
    switch (job.opcode) {
    case SNAP_OP_ECDSA_SECP256K1_VERIFY:
    case SNAP_OP_ECDSA_SECP256K1_RECOVER: {
        unsigned count = job.opcode == SNAP_OP_ECDSA_SECP256K1_VERIFY ? 5 : 4;
        fixed(job.message() ? 1 : 0, job.message() ? count - 1 : count);
        if (job.message())
            numbers[0] = digest(EVP_sha256(), rest(32 * (count - 1)));
        break;
    }
    case SNAP_OP_BIP340_VERIFY: {
        fixed(0, 3);
        const char *name = "BIP0340/challenge";
        Bytes tag = digest(EVP_sha256(), Bytes(name, name + std::strlen(name))), message = tag;
        append(message, tag);
        append(message, numbers[0]);
        append(message, numbers[2]);
        append(message, rest(96));
        numbers[3] = digest(EVP_sha256(), message);
        break;
    }
    case SNAP_OP_SM2_VERIFY:
        fixed(0, 5);
        if (job.message()) {
            Bytes message = numbers[0];
            append(message, rest(160));
            numbers[0] = digest(EVP_sm3(), message);
        }
        break;
    default:
        fixed(0, 2);
    }
    return numbers;
}

std::map<unsigned, Bytes> chunk_of(const Job &job, unsigned chunk)
{
    static const Bytes x =
        from_hex("79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798");
    static const Bytes y =
        from_hex("483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8");
    std::map<unsigned, Bytes> numbers;
    for (unsigned i = 0; i < 3 * ChunkTerms; i++) {
        size_t at = chunk * ChunkTerms * TermBytes + 32 * i;
        if (at < job.payload.size())
            numbers[i] = part(job.payload, at, 32);
        else
            numbers[i] = i % 3 == 0 ? Bytes(32) : i % 3 == 1 ? x : y;
    }
    return numbers;
}

unsigned program_of(uint8_t opcode)
{
    switch (opcode) {
    case SNAP_OP_ECDSA_SECP256K1_VERIFY:
        return ISA_PROGRAM_ECDSA_VERIFY;
    case SNAP_OP_ECDSA_SECP256K1_RECOVER:
        return ISA_PROGRAM_ECDSA_RECOVER;
    case SNAP_OP_BIP340_VERIFY:
        return ISA_PROGRAM_BIP340_VERIFY;
    case SNAP_OP_SM2_VERIFY:
        return ISA_PROGRAM_SM2_VERIFY;
    case SNAP_OP_PEDERSEN_COMMIT:
        return ISA_PROGRAM_PEDERSEN_COMMIT;
    case SNAP_OP_PEDERSEN_SUM_ZERO:
        return ISA_PROGRAM_SUM_ZERO;
    default:
        return ISA_PROGRAM_MSM;
    }
}

/* ---------------------------------------------------------------- images */

void put(Bytes &to, uint64_t value, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        to.push_back(uint8_t(value >> 8 * i));
}

struct Image {
    unsigned words;
    std::vector<uint64_t> code, constants; /* constants: four a word */
    std::array<uint16_t, 16> entries;

    explicit Image(unsigned count) : words(count), code(count), constants(4 * ISA_IMAGE_CONSTANTS)
    {
        for (uint64_t &word : code)
            word = random_source.next();
        for (uint64_t &word : constants)
            word = random_source.next();
        for (uint16_t &entry : entries)
            entry = uint16_t(random_source.below(ISA_IMAGE_WORDS_MAX));
    }
    Bytes bytes() const
    {
        Bytes out;
        put(out, ISA_IMAGE_MAGIC, 4);
        put(out, ISA_IMAGE_VERSION, 2);
        put(out, words, 2);
        for (unsigned cycles : {ISA_PRODUCT_CYCLES, ISA_SUM_CYCLES, ISA_FLAG_CYCLES,
                                ISA_FETCH_CYCLES, ISA_DISPATCH_CYCLES})
            put(out, cycles, 1);
        put(out, 0, 3);
        for (uint16_t entry : entries)
            put(out, entry, 2);
        for (uint64_t word : constants)
            put(out, word, 8);
        for (uint64_t word : code)
            put(out, word, 8);
        if (words % 2 == 1)
            put(out, 0, 8);
        return sealed(out);
    }
    static Bytes sealed(Bytes content)
    {
        append(content, digest(EVP_sha256(), content));
        return content;
    }
};

/* ---------------------------------------------------------------- the loader and what is around it
 */

class Loader
{
  public:
    Loader()
    {
        bench_->in_valid_i = bench_->alloc_valid_i = bench_->load_ready_i = 0;
        bench_->answer_ready_i = bench_->group_done_valid_i = 0;
        bench_->now_i = 0;
        bench_->idle_i = 1;
        bench_.reset();
    }

    /* Random pauses of all, or of none. */
    bool eager = false;
    unsigned starts = 0, answers = 0, frees = 0, wrong_groups = 0, full = 0;

    void submit(Job job)
    {
        job.tag = uint8_t(random_source.below(32));
        job.cookie = random_source.next();
        std::array<uint64_t, 2> control = {uint64_t(job.payload.size()) << 32 |
                                               uint64_t(job.tag) << 16 | uint64_t(job.flags) << 8 |
                                               job.opcode,
                                           job.cookie};
        size_t words = (job.payload.size() + 15) / 16;
        words_.push_back({control, words == 0, false});
        for (size_t i = 0; i < words; i++) {
            Word word = {{}, i + 1 == words, int(i) == job.wrong_word};
            /* Behind the end of the payload the host's memory goes on. */
            uint8_t bytes[16];
            for (unsigned k = 0; k < 16; k++)
                bytes[k] = 16 * i + k < job.payload.size() ? job.payload[16 * i + k]
                                                           : uint8_t(random_source.next());
            std::memcpy(word.data.data(), bytes, 16);
            words_.push_back(word);
        }
        expect(job);
    }

    void image(const Bytes &bytes, bool good, int wrong_word = -1)
    {
        Job job;
        job.opcode = SNAP_OP_MICROCODE_LOAD;
        job.payload = bytes;
        job.wrong_word = wrong_word;
        image_good_ = good;
        submit(job);
        run();
        TB_CHECK(bench_->image_good_o == good);
        TB_CHECK((bench_->image_size_o != 0) == good && (bench_->image_checksum_o != 0) == good);
    }

    void run()
    {
        for (unsigned quiet = 0; quiet < 20000 && !(words_.empty() && expected_.empty()); quiet++) {
            unsigned before = starts + answers;
            size_t words = words_.size();
            cycle();
            if (before != starts + answers || words != words_.size())
                quiet = 0;
        }
        TB_CHECK(words_.empty() && expected_.empty());
        while (running_ != 0)
            cycle();
    }

    std::array<uint64_t, ISA_IMAGE_WORDS_MAX> code{};
    std::array<uint16_t, 16> entries{};
    std::array<uint64_t, 4 * ISA_IMAGE_CONSTANTS> constants{};
    uint32_t image_size()
    {
        return bench_->image_size_o;
    }
    uint32_t image_checksum()
    {
        return bench_->image_checksum_o;
    }

  private:
    struct Word {
        std::array<uint64_t, 2> data;
        bool last, wrong;
    };
    struct Thread {
        enum { Free, Reserved, Running } state = Free;
        std::map<unsigned, Bytes> numbers;
        uint8_t tag = 0, group = 0;
        bool grouped = false;
        uint64_t cookie = 0;
        uint32_t start = 0;
        unsigned left = 0; /* cycles */
    };
    struct GroupRecord {
        bool used = false, all = false, wrong = false;
        unsigned running = 0;
    };

    void expect(const Job &job)
    {
        Event event{Event::Start, job, 0, program_of(job.opcode), 0, {}, false, Ok, false};
        event.flags =
            (job.flags & SNAP_FLAG_LOW_S ? 32u : 0) | (job.flags & SNAP_FLAG_COMPRESSED ? 16u : 0);
        Event answer = event;
        answer.kind = Event::Answer;
        answer.status = job.wrong_word >= 0 ? Input : Ok;
        if (job.opcode == SNAP_OP_MICROCODE_LOAD) {
            answer.taken = image_good_;
            expected_.push_back(answer);
        } else if (job.grouped()) {
            size_t terms = job.payload.size() / TermBytes;
            event.kind = Event::Group;
            event.chunks = unsigned((terms + ChunkTerms - 1) / ChunkTerms);
            expected_.push_back(event);
            event.kind = Event::Start;
            for (unsigned c = 0; c < event.chunks; c++) {
                size_t present = std::min<size_t>(ChunkTerms, terms - c * ChunkTerms);
                event.numbers = chunk_of(job, c);
                event.flags = (1u << present) - 1;
                event.last_chunk = c + 1 == event.chunks;
                expected_.push_back(event);
            }
        } else if (job.wrong_word >= 0) {
            event.kind = Event::Free;
            expected_.push_back(event);
            expected_.push_back(answer);
        } else {
            event.numbers = numbers_of(job);
            expected_.push_back(event);
        }
    }

    void cycle()
    {
        drive();
        bench_.settle();
        sample();
        bench_.tick();
        bench_->now_i++;
        for (Thread &thread : threads_)
            if (thread.state == Thread::Running && --thread.left == 0)
                stop(thread);
    }

    bool willing(unsigned percent)
    {
        return eager || random_source.chance(percent);
    }

    void drive()
    {
        if (!bench_->in_valid_i || taken_) {
            bench_->in_valid_i = !words_.empty() && willing(70);
            taken_ = false;
            if (bench_->in_valid_i) {
                const Word &word = words_.front();
                for (unsigned i = 0; i < 4; i++)
                    bench_->in_data_i[i] = uint32_t(word.data[i / 2] >> 32 * (i % 2));
                bench_->in_last_i = word.last;
                bench_->in_error_i = word.wrong;
            }
        }
        /* A free thread that is offered stays so. */
        if (!bench_->alloc_valid_i || reserved_now_) {
            reserved_now_ = false;
            unsigned candidate = random_source.below(Threads);
            for (unsigned i = 0; i < Threads && threads_[candidate].state != Thread::Free; i++)
                candidate = (candidate + 1) % Threads;
            bench_->alloc_thread_i = uint8_t(candidate);
            bench_->alloc_valid_i = threads_[candidate].state == Thread::Free && willing(50);
            full += threads_[candidate].state != Thread::Free;
        }
        bench_->load_ready_i = willing(30);
        bench_->answer_ready_i = willing(30);
        bench_->idle_i = std::all_of(threads_.begin(), threads_.end(), [](const Thread &thread) {
            return thread.state == Thread::Free;
        });
        bench_->group_done_valid_i = 0;
        for (unsigned g = 0; g < Groups; g++)
            if (groups_[g].all && groups_[g].running == 0 && willing(10)) {
                bench_->group_done_valid_i = 1;
                bench_->group_done_i = uint8_t(g);
            }
    }

    void sample()
    {
        if (bench_->in_valid_i && bench_->in_ready_o) {
            if (at_control_)
                control_at_ = bench_->now_i;
            at_control_ = words_.front().last;
            words_.pop_front();
            taken_ = true;
        }
        if (bench_->group_done_valid_i) {
            GroupRecord &group = groups_[bench_->group_done_i];
            TB_CHECK((bench_->group_error_o >> bench_->group_done_i & 1) == group.wrong);
            wrong_groups += group.wrong;
            group = {};
        }
        sample_reserve();
        sample_load();
        if (bench_->start_valid_o)
            sample_start();
        if (bench_->free_valid_o) {
            next(Event::Free);
            Thread &thread = threads_[bench_->free_thread_o];
            TB_CHECK(thread.state == Thread::Reserved);
            thread = {};
            frees++;
        }
        if (bench_->answer_valid_o && bench_->answer_ready_i)
            sample_answer();
        sample_image();
    }

    void sample_reserve()
    {
        TB_CHECK(bench_->context_we_o == bench_->alloc_take_o);
        if (bench_->group_valid_o) {
            Event event = next(Event::Group);
            GroupRecord &group = groups_[bench_->group_job_o];
            TB_CHECK(!group.used && bench_->group_chunks_o == event.chunks);
            group.used = true;
            TB_CHECK(bench_->alloc_take_o && bench_->context_grouped_o);
            TB_CHECK(bench_->context_group_o == bench_->group_job_o);
        }
        if (!bench_->alloc_take_o)
            return;
        TB_CHECK(bench_->alloc_valid_i && bench_->context_thread_o == bench_->alloc_thread_i);
        Thread &thread = threads_[bench_->alloc_thread_i];
        thread = {};
        thread.state = Thread::Reserved;
        thread.tag = bench_->context_tag_o;
        thread.cookie = bench_->context_cookie_o;
        thread.start = bench_->context_start_o;
        thread.grouped = bench_->context_grouped_o;
        thread.group = bench_->context_group_o;
        reserved_now_ = true;
    }

    void sample_load()
    {
        if (!(bench_->load_valid_o && bench_->load_ready_i))
            return;
        Thread &thread = threads_[bench_->load_thread_o];
        TB_CHECK(thread.state == Thread::Reserved);
        Bytes number(32);
        for (unsigned i = 0; i < 32; i++)
            number[31 - i] = uint8_t(bench_->load_data_o[i / 4] >> 8 * (i % 4));
        TB_CHECK(thread.numbers.count(bench_->load_reg_o) == 0);
        thread.numbers[bench_->load_reg_o] = number;
    }

    void sample_start()
    {
        Event event = next(Event::Start);
        Thread &thread = threads_[bench_->start_thread_o];
        TB_CHECK(thread.state == Thread::Reserved);
        TB_CHECK(bench_->start_program_o == event.program && bench_->start_flags_o == event.flags);
        TB_CHECK(thread.tag == event.job.tag && thread.cookie == event.job.cookie);
        TB_CHECK(thread.start == control_at_);
        TB_CHECK(thread.grouped == event.job.grouped());
        bool wrong = event.job.wrong_word >= 0;
        TB_CHECK(wrong || thread.numbers == event.numbers);
        if (thread.grouped) {
            GroupRecord &group = groups_[thread.group];
            TB_CHECK(group.used && bench_->start_job_o == thread.group);
            group.running++;
            group.wrong = wrong;
            group.all = event.last_chunk;
        }
        thread.state = Thread::Running;
        thread.left = 1 + random_source.below(eager ? 20 : 6000);
        running_++;
        starts++;
    }

    void stop(Thread &thread)
    {
        if (thread.grouped)
            groups_[thread.group].running--;
        thread = {};
        running_--;
    }

    void sample_answer()
    {
        Event event = next(Event::Answer);
        TB_CHECK(bench_->answer_tag_o == event.job.tag && bench_->answer_status_o == event.status);
        if (event.status == Ok) {
            TB_CHECK(bench_->answer_cookie_o == event.job.cookie);
            TB_CHECK(bench_->answer_code_o ==
                     (event.taken ? SNAP_VERDICT_VALID : SNAP_VERDICT_INVALID));
        }
        answers++;
    }

    void sample_image()
    {
        bool writes = bench_->image_we_o || bench_->entry_we_o || bench_->const_we_o;
        TB_CHECK(!writes || (running_ == 0 && !bench_->image_good_o));
        if (bench_->image_we_o)
            code[bench_->image_addr_o] = bench_->image_word_o;
        if (bench_->entry_we_o)
            entries[bench_->entry_addr_o] = bench_->entry_data_o;
        if (bench_->const_we_o)
            constants[bench_->const_addr_o] = bench_->image_word_o;
    }

    Event next(Event::Kind kind)
    {
        TB_CHECK(!expected_.empty() && expected_.front().kind == kind);
        Event event = expected_.front();
        expected_.pop_front();
        return event;
    }

    tb::Bench<V> bench_;
    std::deque<Word> words_;
    std::deque<Event> expected_;
    std::array<Thread, Threads> threads_;
    std::array<GroupRecord, Groups> groups_;
    unsigned running_ = 0;
    uint32_t control_at_ = 0;
    bool taken_ = false, at_control_ = true, reserved_now_ = false, image_good_ = false;
};

/* ---------------------------------------------------------------- jobs */

Job random_job()
{
    struct Form {
        uint8_t opcode, flags;
        unsigned fixed, fixed_message; /* bytes; 0: no form with a message */
    };
    constexpr uint8_t S = SNAP_FLAG_LOW_S, C = SNAP_FLAG_COMPRESSED;
    static const Form forms[] = {
        {SNAP_OP_ECDSA_SECP256K1_VERIFY, S | C, 160, 128},
        {SNAP_OP_ECDSA_SECP256K1_RECOVER, S, 128, 96},
        {SNAP_OP_BIP340_VERIFY, 0, 128, 96},
        {SNAP_OP_SM2_VERIFY, 0, 160, 160},
        {SNAP_OP_PEDERSEN_COMMIT, 0, 64, 0},
        {SNAP_OP_PEDERSEN_SUM_ZERO, 0, 0, 0},
        {SNAP_OP_MSM, 0, 0, 0},
    };
    const Form &form = forms[random_source.below(sizeof forms / sizeof forms[0])];
    Job job;
    job.opcode = form.opcode;
    job.flags = form.flags & uint8_t(random_source.next());
    size_t length = form.fixed;
    if (job.grouped())
        length = TermBytes * (1 + random_source.below(random_source.chance(30) ? 64 : 9));
    else if (form.fixed_message != 0 && random_source.chance(60)) {
        job.flags |= SNAP_FLAG_MESSAGE;
        length = form.fixed_message + random_source.below(random_source.chance(50) ? 20 : 200);
    }
    job.flags |= random_source.chance(50) ? SNAP_FLAG_INDIRECT : 0; /* where it came from */
    job.payload = random_bytes(length);
    if (random_source.chance(10))
        job.wrong_word = int(random_source.below(uint32_t((length + 15) / 16)));
    return job;
}

void jobs()
{
    Loader loader;
    for (unsigned round = 0; round < 200; round++) {
        loader.eager = round % 3 == 0;
        for (unsigned i = 0; i < 30; i++)
            loader.submit(random_job());
        loader.run();
    }
    TB_CHECK(loader.starts > 8000 && loader.frees > 300 && loader.answers == loader.frees);
    TB_CHECK(loader.wrong_groups > 100 && loader.full > 1000);
    tb::pass("numbers, digests, flags and chunks of random jobs; wrong words");
}

/* Every length of a message around a block of the hashes, the empty one too. */
void messages()
{
    Loader loader;
    loader.eager = true;
    for (unsigned length = 0; length < 140; length++)
        for (uint8_t opcode : {SNAP_OP_ECDSA_SECP256K1_VERIFY, SNAP_OP_ECDSA_SECP256K1_RECOVER,
                               SNAP_OP_BIP340_VERIFY, SNAP_OP_SM2_VERIFY}) {
            unsigned fixed = opcode == SNAP_OP_SM2_VERIFY               ? 160
                             : opcode == SNAP_OP_ECDSA_SECP256K1_VERIFY ? 128
                                                                        : 96;
            Job job;
            job.opcode = opcode;
            job.flags = SNAP_FLAG_MESSAGE;
            job.payload = random_bytes(fixed + length);
            loader.submit(job);
        }
    loader.run();
    TB_CHECK(loader.starts == 4 * 140);
    tb::pass("messages of 0 to 139 bytes");
}

/* ---------------------------------------------------------------- images */

void check_memories(Loader &loader, const Image &image, const Bytes &bytes)
{
    for (unsigned i = 0; i < ISA_IMAGE_WORDS_MAX; i++)
        TB_CHECK(loader.code[i] == (i < image.words ? image.code[i] : Illegal));
    TB_CHECK(loader.entries == image.entries);
    TB_CHECK(std::equal(image.constants.begin(), image.constants.end(), loader.constants.begin()));
    uint32_t checksum;
    std::memcpy(&checksum, bytes.data() + bytes.size() - 32, 4);
    TB_CHECK(loader.image_size() == (image.words << 16 | ISA_IMAGE_VERSION));
    TB_CHECK(loader.image_checksum() == checksum);
}

/* Changes one byte of what the checksum covers, and makes the checksum fit. */
Bytes with(const Bytes &image, size_t at, uint8_t value)
{
    Bytes content = part(image, 0, image.size() - 32);
    content[at] = value;
    return Image::sealed(content);
}

void images()
{
    Loader loader;
    std::ifstream identity("build/engine/image_id.hex");
    uint32_t checksum = 0, size = 0;
    TB_CHECK(identity >> std::hex >> checksum >> size);
    TB_CHECK(loader.image_size() == size && loader.image_checksum() == checksum);

    for (unsigned words : {1u, 2u, 601u, 1023u, 1024u, 7u}) {
        loader.eager = words % 2 == 0;
        for (unsigned i = 0; i < 10; i++)
            loader.submit(random_job());
        Image image(words);
        Bytes bytes = image.bytes();
        loader.image(bytes, true);
        check_memories(loader, image, bytes);
    }

    Image image(77);
    Bytes good = image.bytes();
    auto refused = [&](const Bytes &bytes) {
        loader.image(bytes, false);
        if (random_source.chance(30)) {
            loader.image(good, true);
            check_memories(loader, image, good);
        }
    };
    for (size_t at : {0u, 3u, 4u, 5u, 6u, 7u, 8u, 9u, 10u, 11u, 12u, 13u, 15u})
        refused(with(good, at, uint8_t(good[at] ^ 1u << random_source.below(8))));
    refused(with(good, 16 + 2 * 5 + 1, 4));   /* entry point 1,024 and more */
    refused(with(good, good.size() - 33, 1)); /* behind the last instruction */
    refused(Image::sealed(part(good, 0, good.size() - 48)));
    Bytes longer = part(good, 0, good.size() - 32);
    longer.resize(longer.size() + 16);
    refused(Image::sealed(longer));
    for (unsigned i = 0; i < 20; i++) { /* one bit, anywhere; the checksum as it was */
        Bytes bytes = good;
        bytes[16 + random_source.below(uint32_t(bytes.size() - 16))] ^=
            uint8_t(1u << random_source.below(8));
        refused(bytes);
    }
    for (unsigned i = 0; i < 10; i++)
        loader.image(good, false, int(random_source.below(uint32_t(good.size() / 16))));
    loader.image(good, true);
    check_memories(loader, image, good);
    tb::pass("microcode images, good and refused");
}

} // namespace

int main()
{
    jobs();
    messages();
    images();
    return 0;
}
