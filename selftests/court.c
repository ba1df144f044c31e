// SPDX-License-Identifier: GPL-2.0-only
/*
 * Receipts are held against a witness: a BPF program on functions of the network
 * stack, which knows nothing of the module (witness/witness.bpf.c). Transfers of
 * random ranges, by every rung and policy, to each kind of socket; then where the
 * stack is forced to copy, and the receipt has to say so.
 */
#include "kinds.h"

#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "witness/witness.h"
#include "witness/witness.skel.h"

#define FILE_LEN (1 * MIB + 77)
#define LENGTH_BITS 19
#define HEADER_MAX 4096
#define ROUNDS 14 /* makes more than 1,000 transfers of all variants */
#define NR_TRIALS (ROUNDS * (SKIFF_RUNG_COPY + 1) * (SKIFF_POLICY_DIRECT + 1))

struct trial {
	uint32_t rung;
	uint32_t policy;
	uint64_t header; /* bytes of memory before those of the file */
	uint64_t pos;
	uint64_t len;
	bool cold;
	bool refused;
};

FIXTURE(court)
{
	struct witness *witness;
	int dev;
	int sock[2];
	int tap;
	int file;
	char path[256];
	char header[HEADER_MAX];
	unsigned int seed;
	struct trial trials[NR_TRIALS];
	struct range ranges[2 * NR_TRIALS];
	struct receiver receiver;
};

FIXTURE_VARIANT(court)
{
	enum kind kind;
	const char *far;     /* address of a card's other end */
	const char *without; /* what the card is forbidden */
	uint32_t reason;     /* why AUTO sends as it does */
	uint32_t first;	     /* rungs that are tried */
	uint32_t last;
	bool tapped;
	bool bounces;
};

#define RUNGS(name, which, why, from, to)     \
	FIXTURE_VARIANT_ADD(court, name){     \
		.kind = which,                \
		.reason = SKIFF_REASON_##why, \
		.first = SKIFF_RUNG_##from,   \
		.last = SKIFF_RUNG_##to,      \
	};
#define SOCKET(name, which, why) RUNGS(name, which, why, AUTO, COPY)

SOCKET(loopback, LOOPBACK4, LOCAL)
SOCKET(af_unix, LOCAL, NO_RELEASE)
RUNGS(ktls, KTLS12, NO_RELEASE, AUTO, PIPE)
RUNGS(ktls_copy, KTLS12, NO_RELEASE, COPY, COPY)
SOCKET(sockmap, SOCKMAP, PROTOCOL)
SOCKET(mptcp, MPTCP, PROTOCOL)

#define CARD(name, address, why, ...)         \
	FIXTURE_VARIANT_ADD(court, name){     \
		.kind = CARD,                 \
		.far = address,               \
		.reason = SKIFF_REASON_##why, \
		.last = SKIFF_RUNG_COPY,      \
		__VA_ARGS__                   \
	};

CARD(card, "10.77.2.2", BEST)
CARD(card_ipv6, "fd77:2::2", BEST)
CARD(card_without_gathering, "10.77.2.2", NO_SG, .without = "sg")
CARD(card_without_checksums, "10.77.2.2", NO_SG, .without = "tx")
CARD(card_tapped, "10.77.2.2", BEST, .tapped = true)
CARD(card_bounces, "10.77.2.2", BEST, .bounces = true)

#define VARIANT const FIXTURE_VARIANT(court)
#define SELF FIXTURE_DATA(court)

/* TCP or kTLS on it, and not in a sockmap: it can say what was released. */
static bool releases(VARIANT *variant)
{
	return variant->kind == LOOPBACK4 || variant->kind == CARD ||
	       variant->kind == KTLS12;
}

static bool is_refused(VARIANT *variant, const struct trial *trial)
{
	if (trial->rung == SKIFF_RUNG_AUTO || trial->rung == SKIFF_RUNG_COPY)
		return false;
	if (trial->rung == SKIFF_RUNG_PIPE &&
	    trial->policy != SKIFF_POLICY_KEEP)
		return true;
	if (variant->reason == SKIFF_REASON_NO_RELEASE)
		return trial->rung == SKIFF_RUNG_UBUF;
	return variant->reason == SKIFF_REASON_PROTOCOL ||
	       variant->reason == SKIFF_REASON_NO_SG;
}

/* Short ones as often as long ones. */
static struct trial draw(uint32_t rung, uint32_t policy)
{
	struct trial trial = { .rung = rung, .policy = policy };

	trial.len = 1 + random() % (1L << random() % (LENGTH_BITS + 1));
	trial.pos = random() % (FILE_LEN - trial.len + 1);
	trial.header = random() % 4 ? 0 : 1 + random() % HEADER_MAX;
	trial.cold = !(random() % 4);
	return trial;
}

/* What is refused sends nothing. */
static void expect(struct range *range, const struct trial *trial)
{
	range[0] = (struct range){ 2, 0, trial->header };
	range[1] = (struct range){ 1, trial->pos, trial->len };
	if (trial->refused)
		range[0].len = range[1].len = 0;
}

static void draw_all(SELF *self, VARIANT *variant)
{
	const char *seed = getenv("COURT_SEED");
	const uint32_t rungs = variant->last - variant->first + 1;
	unsigned int i;

	self->seed = seed ? strtoul(seed, NULL, 0) : (unsigned int)time(NULL);
	srandom(self->seed);
	for (i = 0; i < NR_TRIALS; i++) {
		struct trial *trial = &self->trials[i];

		*trial = draw(variant->first + i % rungs,
			      i / rungs % (SKIFF_POLICY_DIRECT + 1));
		trial->refused = is_refused(variant, trial);
		expect(&self->ranges[2 * i], trial);
	}
}

static int set_card(const char *feature, const char *state)
{
	char command[128];

	snprintf(command, sizeof(command),
		 "ip netns exec near ethtool -K e1k0 %s %s >/dev/null", feature,
		 state);
	return system(command) ? -1 : 0;
}

/* Everything that the card is given, in the namespace where card_pair() left us. */
static int tap_card(void)
{
	struct sockaddr_ll a = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = if_nametoindex("e1k0"),
	};
	int fd = socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL));

	return fd < 0 || bind(fd, (void *)&a, sizeof(a)) ? -1 : fd;
}

static bool boots_with(const char *word)
{
	char line[4096] = "";
	FILE *f = fopen("/proc/cmdline", "r");

	if (f) {
		(void)!fgets(line, sizeof(line), f);
		fclose(f);
	}
	return strstr(line, word);
}

static int call_witness(SELF *self, VARIANT *variant)
{
	socklen_t len = sizeof(self->witness->bss->cookie);
	struct stat st;

	self->witness = witness__open_and_load();
	if (!self->witness || witness__attach(self->witness) ||
	    fstat(self->file, &st))
		return -1;
	self->witness->bss->ino = st.st_ino;
	self->witness->bss->ciphers = variant->kind == KTLS12;
	return getsockopt(self->sock[0], SOL_SOCKET, SO_COOKIE,
			  &self->witness->bss->cookie, &len);
}

FIXTURE_SETUP(court)
{
	int err;

	if (access("/sys/kernel/btf/vmlinux", R_OK))
		SKIP(return, "this kernel has no BTF, hence no witness");
	if (variant->bounces && !boots_with("swiotlb=force"))
		SKIP(return, "the kernel was not booted with swiotlb=force");
	err = make_pair(variant->kind, variant->far, self->sock);
	if (err && variant->kind > CARD)
		SKIP(return, "this kernel has no such socket: %s",
			   strerror(errno));
	ASSERT_EQ(0, err);
	if (variant->without)
		ASSERT_EQ(0, set_card(variant->without, "off"));
	self->tap = variant->tapped ? tap_card() : -1;
	ASSERT_EQ(variant->tapped, self->tap >= 0);
	self->dev = open("/dev/skiff", O_RDWR);
	ASSERT_LE(0, self->dev);
	self->file = file_create("/mnt/vblk-xfs", 1, FILE_LEN, self->path);
	ASSERT_LE(0, self->file);
	ASSERT_EQ(0, fsync(self->file));
	pattern_fill(2, 0, self->header, sizeof(self->header));
	draw_all(self, variant);
	ASSERT_EQ(0, call_witness(self, variant));
}

FIXTURE_TEARDOWN(court)
{
	witness__destroy(self->witness);
	if (variant->without)
		set_card("sg on tx on tso", "on");
	close(self->tap);
	close(self->dev);
	close(self->file);
	close(self->sock[0]);
	close(self->sock[1]);
	unlink(self->path);
}

/* Events that the witness slept through: a program does not run on top of itself. */
static uint64_t missed(const struct witness *witness)
{
	uint64_t nr = witness->bss->counts.lost;
	struct bpf_program *program = NULL;

	while ((program = bpf_object__next_program(witness->obj, program))) {
		struct bpf_prog_info info = {};
		uint32_t size = sizeof(info);

		if (!bpf_obj_get_info_by_fd(bpf_program__fd(program), &info,
					    &size))
			nr += info.recursion_misses;
	}
	return nr;
}

/* At the boundary: each byte copied or by reference, and to the file's own pages. */
static void hold_boundary(struct __test_metadata *_metadata, VARIANT *variant,
			  const struct skiff_receipt *r,
			  const struct witness_counts *saw)
{
	/* Of what is not of the file's pages, references lead to copies. */
	uint64_t to_copies = r->copied_memory + r->copied_no_page_cache;
	bool copies = r->rung == SKIFF_RUNG_COPY;

	EXPECT_EQ(saw->taken, r->bytes_queued);
	EXPECT_EQ(saw->by_ref, copies ? 0 : r->bytes_by_ref + to_copies);
	EXPECT_EQ(saw->taken - saw->by_ref,
		  copies ? r->bytes_copied : r->bytes_copied - to_copies);
	EXPECT_EQ(variant->kind == KTLS12 ? saw->ciphered : saw->of_file,
		  r->policy == SKIFF_POLICY_DIRECT ? 0 : r->bytes_by_ref);
	EXPECT_TRUE(receipt_balances(r));
}

/* A copy that something forces has its name. */
static void hold_names(struct __test_metadata *_metadata, VARIANT *variant,
		       const struct trial *trial, const struct skiff_receipt *r,
		       const struct witness_counts *saw)
{
	if (trial->rung == SKIFF_RUNG_AUTO)
		EXPECT_EQ(variant->reason, r->reason);
	if (r->reason == SKIFF_REASON_NO_SG)
		EXPECT_EQ(trial->len, r->copied_no_sg);
	if (r->reason == SKIFF_REASON_PROTOCOL)
		EXPECT_EQ(trial->len, r->copied_socket);
	EXPECT_EQ(variant->kind == KTLS12 ? saw->taken : 0, r->encrypted);
	EXPECT_EQ(saw->orphaned_skbs, r->orphaned_skbs);
	EXPECT_EQ(saw->orphaned_bytes, r->orphaned_bytes);
	if (r->ref_ubuf && (variant->tapped || variant->kind == LOOPBACK4)) {
		EXPECT_LE(saw->by_ref, saw->orphaned_bytes);
	} else {
		EXPECT_EQ(0, saw->orphaned_skbs);
	}
}

/* What the driver maps is what was queued and what TCP sent again. */
static void hold_card(struct __test_metadata *_metadata, VARIANT *variant,
		      const struct skiff_receipt *r,
		      const struct witness_counts *saw)
{
	bool forced = boots_with("swiotlb=force");
	bool may_bounce = r->device_caps & SKIFF_DEVICE_MAY_BOUNCE;

	EXPECT_EQ(r->bytes_queued + saw->resent, saw->mapped - saw->headers);
	EXPECT_LE(r->retransmitted, saw->resent);
	EXPECT_EQ(forced, may_bounce);
	if (forced) {
		EXPECT_LE(saw->mapped, saw->bounced);
	} else {
		EXPECT_EQ(0, saw->bounced);
	}
}

static int send_one(SELF *self, VARIANT *variant, const struct trial *trial,
		    struct skiff_receipt *r)
{
	struct skiff_piece pieces[] = {
		memory_piece(self->header, trial->header),
		file_piece(self->file, trial->pos, trial->len),
	};
	bool header = trial->header;
	struct skiff_request req = request(self->sock[0], &pieces[!header],
					   1 + header);
	struct skiff_completion c;
	int err;

	if (trial->cold)
		file_make_cold(self->file);
	req.rung = trial->rung;
	req.policy = trial->policy;
	req.flags = releases(variant) ? SKIFF_REQUEST_RELEASED : 0;
	memset(&self->witness->bss->counts, 0, sizeof(struct witness_counts));
	err = submit(self->dev, &req);
	if (err)
		return err;
	if (take(self->dev, &c, PATIENCE_MS) != 1)
		return -ETIME;
	return c.error ?: get_receipt(self->dev, c.id, r);
}

static void hold(struct __test_metadata *_metadata, SELF *self,
		 VARIANT *variant, const struct trial *trial)
{
	struct skiff_receipt r = {};
	int err = send_one(self, variant, trial, &r);
	struct witness_counts saw = self->witness->bss->counts;

	EXPECT_EQ(trial->refused ? -EOPNOTSUPP : 0, err);
	EXPECT_EQ(trial->refused ? 0 : trial->header + trial->len, saw.taken);
	if (err)
		return;
	hold_boundary(_metadata, variant, &r, &saw);
	hold_names(_metadata, variant, trial, &r, &saw);
	if (variant->kind == CARD)
		hold_card(_metadata, variant, &r, &saw);
}

static void tell(struct __test_metadata *_metadata, const struct trial *trial)
{
	TH_LOG("rung %u, policy %u, %llu of memory and %llu of the file at %llu, which is %s",
	       trial->rung, trial->policy, (unsigned long long)trial->header,
	       (unsigned long long)trial->len, (unsigned long long)trial->pos,
	       trial->cold ? "cold" : "warm");
}

TEST_F(court, holds)
{
	unsigned int i, refused = 0;

	receiver_start(&self->receiver, self->sock[1], self->ranges,
		       2 * NR_TRIALS);
	for (i = 0; i < NR_TRIALS && __test_passed(_metadata); i++) {
		hold(_metadata, self, variant, &self->trials[i]);
		refused += self->trials[i].refused;
	}
	if (!__test_passed(_metadata))
		tell(_metadata, &self->trials[i - 1]);
	TH_LOG("COURT_SEED=%u: %u transfers, %u refused", self->seed,
	       i - refused, refused);
	EXPECT_EQ(0, missed(self->witness));
	shutdown(self->sock[0], SHUT_WR);
	receiver_join(&self->receiver);
	EXPECT_EQ(-1, self->receiver.bad);
}

TEST_HARNESS_MAIN
