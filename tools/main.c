/*
 * main.c - the command "tokcount": finds the subcommand, runs it, checks the output.
 *
 * Exit status: 0 fine, 1 findings or above a limit, 2 error (which wins).
 */
#include "tools/cli/options.h"
#include "tools/cli/output.h"

#include <fcntl.h>
#include <unistd.h>

/* A standard stream that was closed would be given to the next file opened, and output
 * would go into it. The wrong direction makes every use of it an error instead. */
static void keep_standard_streams(void)
{
    static const int mode[] = {O_WRONLY, O_RDONLY, O_RDWR};
    for (int fd = 0; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) == -1 && open("/dev/null", mode[fd]) != fd) return;
}

int cmd_version(const cli_args *a)
{
    (void)a;
    printf("tokcount %s\n", tkc_version());
    return EXIT_FINE;
}

int cmd_help(const cli_args *a)
{
    const cli_command *c;
    if (!a->n_operand) {
        cli_print_overview(stdout);
        return EXIT_FINE;
    }
    c = cli_command_find(a->operand[0]);
    if (!c) {
        const char *meant = cli_command_near(a->operand[0]);
        cli_message(meant ? "help: there is no command '%s'; did you mean '%s'?" : "help: there is no command '%s'; 'tokcount help' lists them",
                    a->operand[0], meant);
        return EXIT_ERROR;
    }
    cli_print_long_help(stdout, c);
    return EXIT_FINE;
}

int main(int argc, char **argv)
{
    cli_args a;
    int status = EXIT_ERROR;
    keep_standard_streams();
    if (cli_args_parse(&a, argc, argv)) {
        const cli_command *c = &cli_command_table[a.command];
        status = EXIT_FINE;
        if (a.long_help)
            cli_print_long_help(stdout, c);
        else if (a.help)
            cli_print_short_help(stdout, c);
        else if (a.version)
            status = cmd_version(&a);
        else
            status = c->run(&a);
    }
    cli_args_release(&a);
    return cli_finish(status);
}
