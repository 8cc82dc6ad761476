/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/background.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

bool dynr_background_begin(struct dynr_background *background, int *out_exit_status)
{
    int ends[2];
    *out_exit_status = 1;
    if (pipe2(ends, O_CLOEXEC) != 0) {
        perror("dynr: pipe");
        return false;
    }
    pid_t child = fork();
    if (child < 0) {
        perror("dynr: fork");
        (void)close(ends[0]);
        (void)close(ends[1]);
        return false;
    }
    if (child == 0) {
        (void)close(ends[0]);
        background->fd = ends[1];
        /* A session of its own: Ctrl-C and the end of the terminal are not its business. */
        (void)setsid();
        return true;
    }
    (void)close(ends[1]);
    char ready = 0;
    if (read(ends[0], &ready, 1) == 1) {
        *out_exit_status = 0;
    } else {
        int status = 0;
        if (waitpid(child, &status, 0) == child && WIFEXITED(status)) {
            *out_exit_status = WEXITSTATUS(status);
        }
    }
    (void)close(ends[0]);
    return false;
}

void dynr_background_ready(struct dynr_background *background)
{
    if (background->fd < 0) {
        return;
    }
    int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (nothing >= 0) {
        (void)dup2(nothing, STDIN_FILENO);
        (void)dup2(nothing, STDOUT_FILENO);
        (void)dup2(nothing, STDERR_FILENO);
        (void)close(nothing);
    }
    char ready = 1;
    if (write(background->fd, &ready, 1) != 1) {
        /* The parent has gone: nobody waits. */
        ready = 0;
    }
    (void)close(background->fd);
    background->fd = -1;
}
