using System.Text.Json;
using System.Text.Json.Nodes;
using KernelGateway.Executions;
using KernelGateway.Mcp.Executions;
using KernelGateway.Sandboxes;
using KernelGateway.Tools.Results;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace KernelGateway.Mcp.Tools;

/// <summary>Install packages: of pip into the Python of a kernel, of npm into the directory of a context.</summary>
internal sealed class PackageTools(McpBackend backend, ExecutionFollower follower, ResultShaper results)
{
    private const string Python = "python";

    private static readonly string[] NodeLanguages = ["javascript", "typescript"];

    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromMinutes(5);

    public IEnumerable<McpServerTool> Create() =>
    [
        new GatewayTool(
            GatewayTool.Describe(
                "install_packages",
                "Install packages",
                "Installs packages for the language of a context: with pip into the Python of its kernel, with npm into the context's directory. Python "
                + "imports them at once.",
                $$"""
                {
                  "packages": {
                    "type": "array", "items": { "type": "string" }, "minItems": 1,
                    "description": "Their names, with versions if needed: requests==2.32.3 for pip, lodash@4 for npm."
                  },
                  "context_id": { "type": "string", "description": "The context. Default: the default context of the language." },
                  "language": { "type": "string", "description": "The language, if there is no context_id: python (the default), javascript or typescript." },
                  "index_url": { "type": "string", "description": "The package index or registry. Default: that of the configuration of pip or npm." },
                  "timeout_seconds": {
                    "type": "number", "exclusiveMinimum": 0, "description": "How long it may take. Default: {{DefaultTimeout.TotalSeconds:0}}."
                  }
                }
                """,
                ["packages"],
                ExecutionAnswer.SchemaOf("output"),
                new ToolAnnotations { DestructiveHint = true, OpenWorldHint = true, IdempotentHint = true }),
            InstallAsync),
    ];

    private async Task<CallToolResult> InstallAsync(
        RequestContext<CallToolRequestParams> request, CallArguments arguments, CancellationToken cancellationToken)
    {
        var packages = arguments.Texts("packages");
        foreach (var package in packages) Check(package);
        var index = arguments.Name("index_url");
        if (index is not null && !(Uri.TryCreate(index, UriKind.Absolute, out var url) && url.Scheme is "http" or "https"))
            throw new ArgumentException("The argument 'index_url' must be an address that begins with http:// or https://.");
        var timeout = arguments.Seconds("timeout_seconds") ?? DefaultTimeout;
        var contextId = arguments.Name("context_id");
        var context = contextId is null ? null : await backend.Interpreter.GetContextAsync(contextId, cancellationToken).ConfigureAwait(false);
        if (context is not null && arguments.Name("language") is not null)
            throw new ArgumentException("Give either 'context_id' or 'language': a context has its language.");
        var language = context?.Language ?? arguments.Name("language")?.ToLowerInvariant() ?? Python;
        if (language.StartsWith(Python, StringComparison.Ordinal))
        {
            var execution = new ExecutionOptions { StoreHistory = false, Timeout = timeout };
            var code = WritePipCode(packages, index);
            var submitted = context is null
                ? await backend.Executions.SubmitAsync(code, language, execution, cancellationToken).ConfigureAwait(false)
                : await context.SubmitAsync(code, execution, cancellationToken).ConfigureAwait(false);
            return await follower.FollowAsync(
                submitted, after: 0, wait: null, ProgressReporter.Create(request, follower.Time), isOwner: true, cancellationToken).ConfigureAwait(false);
        }

        if (NodeLanguages.Contains(language) && backend.Commands is { } commands)
            return await RunNpmAsync(commands, packages, index, context?.WorkingDirectory, timeout, cancellationToken).ConfigureAwait(false);
        throw new ArgumentException($"Packages of '{language}' cannot be installed by this tool. Install them with run_code or run_command.");
    }

    // An option in the place of a name would change what the installer does.
    private static void Check(string package)
    {
        if (package.Length == 0 || package[0] == '-' || package.Any(character => character is < ' ' or > '~'))
            throw new ArgumentException($"'{package}' is not the name of a package: printable ASCII that does not begin with '-'.");
    }

    // In the kernel, because only it knows its Python. All names are local, so the user's variables stay as they are.
    private static string WritePipCode(IReadOnlyList<string> packages, string? index)
    {
        string[] source = index is null ? [] : ["--index-url", index];
        string[] arguments = ["install", "--disable-pip-version-check", "--no-input", "--progress-bar", "off", .. source, "--", .. packages];

        // JSON of ASCII is a list of Python too.
        var list = JsonSerializer.Serialize(arguments);
        return
            $"""
            def __install_packages():
                import importlib, subprocess, sys
                command = [sys.executable, "-m", "pip", *{list}]
                with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace") as pip:
                    try:
                        for line in pip.stdout:
                            print(line, end="", flush=True)
                    except BaseException:
                        pip.kill()
                        raise
                importlib.invalidate_caches()
                if pip.returncode:
                    raise RuntimeError(f"pip ended with exit code {"{pip.returncode}"}")
            try:
                __install_packages()
            finally:
                del __install_packages
            """;
    }

    private async Task<CallToolResult> RunNpmAsync(
        ISandboxCommands commands, IReadOnlyList<string> packages, string? index, string? directory, TimeSpan timeout, CancellationToken cancellationToken)
    {
        string[] source = index is null ? [] : ["--registry", index];
        string[] words = ["npm", "install", "--no-audit", "--no-fund", .. source, "--", .. packages];
        var outcome = await commands.RunAsync(
            string.Join(' ', words.Select(Quote)),
            new CommandOptions { WorkingDirectory = directory, Timeout = timeout },
            cancellationToken).ConfigureAwait(false);
        var shaped = await results.ShapeAsync(outcome, cancellationToken).ConfigureAwait(false);
        return GatewayTool.Answer(shaped.Text, new JsonObject { ["output"] = shaped.Text }, shaped.IsError);
    }

    private static string Quote(string word) => $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
