// SPDX-License-Identifier: GPL-2.0-only
/*
 * skiff: send files to sockets from the page cache, and account for every byte.
 *
 * The way of a byte: dev (ioctl) -> submit -> request (check) -> transfer (who
 * runs it) -> engine (slice) -> source (page cache, file system) -> window
 * -> sink -> socket, and back from the network: flight, release. fill is the
 * part of it that may sleep, on a worker; receipt, stats and sysfs are what is
 * known of it afterwards.
 *
 * Unload: rmmod is refused while the device is open or a transfer runs, as each
 * of both owns a module reference. So exit finds no context and no transfer but
 * ended ones. It takes the device away, stops the workers and destroys the
 * queues, which waits for the tails of what they did last; only then is no code
 * of ours running.
 */
#include <linux/err.h>
#include <linux/module.h>

#include "dev.h"
#include "files.h"
#include "flight.h"
#include "pin.h"
#include "receipt.h"
#include "run.h"
#include "source.h"
#include "sysfs.h"
#include "transfer.h"
#include "worker.h"

static int __init skiff_init(void)
{
	struct device *dev;
	int err;

	err = skiff_transfer_init();
	if (err)
		return err;
	err = skiff_run_init();
	if (err)
		goto err_run;
	err = skiff_files_init();
	if (err)
		goto err_files;
	err = skiff_flight_init();
	if (err)
		goto err_flight;
	skiff_pin_init();
	skiff_source_init();
	/* Last of what may fail: from here on it may be open. */
	dev = skiff_dev_register();
	if (IS_ERR(dev)) {
		err = PTR_ERR(dev);
		goto err_dev;
	}
	skiff_sysfs_start(dev);
	return 0;

err_dev:
	skiff_flight_exit();
err_flight:
	skiff_files_exit();
err_files:
	skiff_run_exit();
err_run:
	skiff_transfer_exit();
	return err;
}

static void __exit skiff_exit(void)
{
	skiff_sysfs_stop();
	skiff_dev_unregister();
	skiff_flight_exit();
	skiff_worker_exit();
	skiff_files_exit();
	skiff_run_exit();
	skiff_receipt_exit();
	skiff_transfer_exit();
}

module_init(skiff_init);
module_exit(skiff_exit);

MODULE_AUTHOR("The skiff developers");
MODULE_DESCRIPTION("Send files to sockets from the page cache");
MODULE_VERSION(SKIFF_VERSION);
MODULE_LICENSE("GPL");
