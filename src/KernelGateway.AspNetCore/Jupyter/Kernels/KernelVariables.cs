using System.Collections.Concurrent;
using KernelGateway.AspNetCore.Jupyter.Common;
using KernelGateway.Kernelspecs;
using Microsoft.Extensions.Logging;

namespace KernelGateway.AspNetCore.Jupyter.Kernels;

/// <summary>Selects the client's variables for the kernel, and reads those that are meant for the gateway.</summary>
internal sealed partial class KernelVariables(IEnumerable<string> allowed, ILogger logger)
{
    private const string IdName = "KERNEL_ID";
    private const string WorkingDirectoryName = "KERNEL_WORKING_DIR";
    private const int MostNamesTold = 500;

    private readonly string[] _allowed = [.. allowed];
    private readonly ConcurrentDictionary<string, bool> _told = new(StringComparer.Ordinal);
    private readonly ILogger _logger = logger;

    /// <summary>Returns the requested kernel id (<c>KERNEL_ID</c>), as Enterprise Gateway's clients send it.</summary>
    /// <exception cref="JupyterBodyException">It is not a UUID.</exception>
    public static string? IdIn(IReadOnlyDictionary<string, string>? variables) => CheckId($"env.{IdName}", variables?.GetValueOrDefault(IdName));

    /// <summary>
    /// Returns the requested directory: a directory of the client, which may not exist here.
    /// </summary>
    public static string? WorkingDirectoryIn(IReadOnlyDictionary<string, string>? variables) => variables?.GetValueOrDefault(WorkingDirectoryName);

    /// <exception cref="JupyterBodyException">It is not a UUID.</exception>
    public static string? CheckId(string field, string? id) =>
        string.IsNullOrEmpty(id) ? null
        : Guid.TryParseExact(id, "D", out var guid) ? guid.ToString("D")
        : throw new JupyterBodyException($"'{field}' has to be a UUID in the form 00000000-0000-0000-0000-000000000000.");

    /// <summary>Returns the allowed variables; null when there are none.</summary>
    public IReadOnlyDictionary<string, string>? Allow(IReadOnlyDictionary<string, string>? variables)
    {
        if (variables is null) return null;
        var kept = new Dictionary<string, string>(StringComparer.Ordinal);
        var leftOut = new List<string>();
        foreach (var (name, value) in variables)
        {
            if (_allowed.Any(pattern => VariableName.IsMatch(pattern, name))) kept.Add(name, value);
            else leftOut.Add(name);
        }

        Tell(leftOut);
        return kept.Count == 0 ? null : kept;
    }

    // Logged once per name: a Jupyter server as the client sends its whole environment with every kernel.
    private void Tell(List<string> leftOut)
    {
        var news = leftOut.Where(name => _told.Count < MostNamesTold && _told.TryAdd(name, true)).ToArray();
        if (news.Length > 0) LogLeftOut(string.Join(", ", news));
    }

    [LoggerMessage(5021, LogLevel.Warning,
        "A client asked for kernel variables that are not in AllowedEnvironment; kernels are started without {Variables}.")]
    private partial void LogLeftOut(string variables);
}
