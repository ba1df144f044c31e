// SPDX-License-Identifier: GPL-2.0-only
/*
 * skiff_counts: how many bytes the CPU copies, and of what packets are made. For
 * the benchmark, never installed. While its device is open, probes are at the
 * functions that copy what is in files and packets, each of which adds what it is
 * asked to copy, and where packets go to a device; reading gives the sums. Probes
 * by tracefs would need no module, but those refuse what ftrace cannot trace,
 * which is all of lib/, and cannot find a packet's frags.
 *
 * Of functions that call each other only the innermost is here, so no byte
 * counts twice for one copy: copy_page_to_iter() and skb_copy_datagram_iter()
 * end in _copy_to_iter(), skb_copy() in skb_copy_bits().
 *
 * Not counted: headers of packets and arguments of calls (copy_from_user(),
 * pskb_expand_head(), __pskb_pull_tail()); what a cipher reads and writes; and
 * what devices do, be they emulated (null_blk copies, a real disk does not).
 */
#include <linux/atomic.h>
#include <linux/fs.h>
#include <linux/kprobes.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/skbuff.h>
#include <linux/uaccess.h>

#include "skiff_counts.h"

static atomic64_t copied, packets, frags;
static atomic_t is_open;

static int add_second(struct kprobe *probe, struct pt_regs *regs)
{
	atomic64_add(regs_get_kernel_argument(regs, 1), &copied);
	return 0;
}

static int add_fourth(struct kprobe *probe, struct pt_regs *regs)
{
	atomic64_add((int)regs_get_kernel_argument(regs, 3), &copied);
	return 0;
}

static int add_data(struct kprobe *probe, struct pt_regs *regs)
{
	const struct sk_buff *skb = (void *)regs_get_kernel_argument(regs, 0);

	atomic64_add(skb->data_len, &copied);
	return 0;
}

/* TCP's larger ones: all others are acknowledgements, and the ends of responses.
 * Those over loopback do not come by here.
 */
static int add_packets(struct kprobe *probe, struct pt_regs *regs)
{
	const struct sk_buff *skb = (void *)regs_get_kernel_argument(regs, 0);

	for (; skb; skb = skb->next) {
		if (!skb_is_gso(skb))
			continue;
		atomic64_inc(&packets);
		atomic64_add(skb_shinfo(skb)->nr_frags, &frags);
	}
	return 0;
}

static struct kprobe probes[] = {
	/* read(2) of the page cache, recv(2), splice(2) of what has no pages */
	{ .symbol_name = "_copy_to_iter", .pre_handler = add_second },
	/* write(2), send(2) */
	{ .symbol_name = "_copy_from_iter", .pre_handler = add_second },
	/* the same, for a card that makes no checksums */
	{ .symbol_name = "csum_and_copy_from_iter_full", .pre_handler = add_second },
	/* user pages (MSG_ZEROCOPY) that a receiver on this machine would hold */
	{ .symbol_name = "skb_copy_ubufs", .pre_handler = add_data },
	/* a packet whose bytes must be in one piece, or are queued anew */
	{ .symbol_name = "skb_copy_bits", .pre_handler = add_fourth },
	{ .symbol_name = "dev_hard_start_xmit", .pre_handler = add_packets },
};

static void remove_probes(int nr)
{
	while (nr--) {
		unregister_kprobe(&probes[nr]);
		/* Else it cannot be registered by its name again. */
		probes[nr].addr = NULL;
		probes[nr].flags = 0;
	}
}

static int insert_probes(void)
{
	int i, err;

	for (i = 0; i < ARRAY_SIZE(probes); i++) {
		err = register_kprobe(&probes[i]);
		if (err) {
			remove_probes(i);
			return err;
		}
	}
	return 0;
}

static int open(struct inode *inode, struct file *file)
{
	int err;

	if (atomic_cmpxchg(&is_open, 0, 1))
		return -EBUSY;
	atomic64_set(&copied, 0);
	atomic64_set(&packets, 0);
	atomic64_set(&frags, 0);
	err = insert_probes();
	if (err)
		atomic_set(&is_open, 0);
	return err;
}

static int release(struct inode *inode, struct file *file)
{
	remove_probes(ARRAY_SIZE(probes));
	atomic_set(&is_open, 0);
	return 0;
}

static ssize_t read(struct file *file, char __user *to, size_t size, loff_t *pos)
{
	const struct skiff_counts counts = {
		.copied = atomic64_read(&copied),
		.packets = atomic64_read(&packets),
		.frags = atomic64_read(&frags),
	};

	if (size != sizeof(counts))
		return -EINVAL;
	return copy_to_user(to, &counts, size) ? -EFAULT : size;
}

static const struct file_operations operations = {
	.owner = THIS_MODULE,
	.open = open,
	.release = release,
	.read = read,
};

static struct miscdevice device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "skiff_counts",
	.mode = 0600,
	.fops = &operations,
};
module_misc_device(device);

MODULE_DESCRIPTION("Counts copies and frags for skiff's benchmark");
MODULE_LICENSE("GPL");
