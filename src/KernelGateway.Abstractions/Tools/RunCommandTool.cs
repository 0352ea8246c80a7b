using KernelGateway.Tools.Results;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Tools;

/// <summary><c>run_command</c>: runs a line of shell code.</summary>
internal sealed class RunCommandTool(ISandboxCommands commands, ToolDirectory directory, ResultShaper results, CodeToolsOptions options) : CodeTool
{
    public override string Name => "run_command";

    public override string Description =>
        """
        Runs a shell command on the machine of the code and returns its standard output, its standard error and its exit code. Long output is cut in its middle.
        Each call is a new shell: variables and the current directory are not kept. The command cannot ask for input.
        """;

    private protected override JObject Properties => new()
    {
        ["command"] = Describe("string", "The command, a line of shell code. Pipes and redirections work."),
        ["working_directory"] = Describe("string", $"The directory in which it runs. Default: {directory.Description}."),
        ["timeout_seconds"] = DescribeNumber(
            $"How long the command may run before it is killed. Default: {options.CommandTimeout.TotalSeconds:0.###}.",
            1,
            (int)options.MaxTimeout.TotalSeconds),
    };

    private protected override string[] RequiredArguments => ["command"];

    private protected override async Task<ToolResult> RunAsync(ToolArguments arguments, CancellationToken cancellationToken)
    {
        var command = arguments.RequiredText("command");
        var chosen = directory.Resolve(arguments.Text("working_directory") ?? "");
        var seconds = arguments.Number("timeout_seconds", 1, (int)options.MaxTimeout.TotalSeconds);

        var outcome = await commands.RunAsync(
            command,
            new()
            {
                WorkingDirectory = chosen.Length == 0 ? null : chosen,
                Timeout = seconds is { } given ? TimeSpan.FromSeconds(given) : options.CommandTimeout,
            },
            cancellationToken).ConfigureAwait(false);

        return await results.ShapeAsync(outcome, cancellationToken).ConfigureAwait(false);
    }
}
