using System.Reflection;
using KernelGateway.Protocol.Messages.Shell;

namespace KernelGateway.RichData;

/// <summary>Creates the code that prepares a Python kernel, from the files in <c>Python/</c>.</summary>
/// <remarks>
/// One expression, so that nothing is bound in the user's namespace, and one request, so that no request of another client comes in
/// between. <c>register.py</c> and the guards are run at once; the other files are sent with them and are compiled when a
/// value needs them, so the preparation takes milliseconds. The code is not compressed: fifty kilobytes on loopback are cheap,
/// and the compressor would stay in the memory of an idle gateway.
/// </remarks>
internal sealed class PythonRichData
{
    private const string Prefix = "KernelGateway.RichData.Python.";
    private const string Registration = "register";

    private static readonly string[] Guards = ["guards", "stream_guards"];

    // The same for every kernel but for the settings.
    private static readonly Lazy<IReadOnlyDictionary<string, string>> Files = new(ReadFiles);

    private readonly RichDataOptions _options;
    private readonly bool _guards;
    private readonly bool _sharesHistory;
    private readonly Lazy<string?> _launched;
    private readonly Lazy<string?> _attached;

    /// <summary>Creates the code for the options.</summary>
    /// <param name="options">How values are described.</param>
    /// <param name="guards">Whether kernels get the guards.</param>
    /// <param name="sharesHistory">Whether kernels use the history file of the user.</param>
    public PythonRichData(RichDataOptions options, bool guards, bool sharesHistory)
        : this(options, guards, sharesHistory, describes: options.IsEnabled) =>
        WithoutDescriptions = new PythonRichData(options, guards, sharesHistory, describes: false);

    private PythonRichData(RichDataOptions options, bool guards, bool sharesHistory, bool describes)
    {
        _options = options;
        _guards = guards;
        _sharesHistory = sharesHistory;
        _launched = new(() => Write(describes, isAttached: false));
        _attached = new(() => Write(describes && options.IncludesAttachedKernels, isAttached: true));
        WithoutDescriptions = this;
    }

    /// <summary>Gets the code with the same guards and without rich data.</summary>
    public PythonRichData WithoutDescriptions { get; }

    /// <summary>Returns the code for a kernel; null when its language is not Python or it is not to be prepared.</summary>
    public string? CodeFor(KernelInfoReply info, bool isAttached)
    {
        if (!string.Equals(info.LanguageInfo.Name, "python", StringComparison.OrdinalIgnoreCase)) return null;
        return (isAttached ? _attached : _launched).Value;
    }

    private string? Write(bool describes, bool isAttached)
    {
        // An attached kernel is prepared for everything that is configured, or not at all.
        var guards = _guards && (describes || !isAttached);
        if (!describes && !guards) return null;

        var source = $"""__import__("base64").b64decode("{Files.Value[Registration]}")""";
        var parts = Files.Value
            .Where(file => Guards.Contains(file.Key) ? guards : describes && file.Key != Registration)
            .Select(file => $"\"{file.Key}\": \"{file.Value}\"");
        var settings =
            $"""
            "guards": {Truth(guards)}, "describes": {Truth(describes)}, "own_history": {Truth(!isAttached && !_sharesHistory)},
            "max_bytes": {_options.MaxBytes}, "whole_text": {Truth(_options.PrintsWholeText)}, "no_colors": {Truth(_options.PrintsWithoutColors)}
            """;
        return $$"""exec({{source}}, {"parts": { {{string.Join(", ", parts)}} }, "settings": { {{settings}} } })""";
    }

    private static string Truth(bool value) => value ? "True" : "False";

    private static Dictionary<string, string> ReadFiles()
    {
        var assembly = typeof(PythonRichData).Assembly;
        return assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .ToDictionary(name => name[Prefix.Length..^".py".Length], name => Encode(assembly, name), StringComparer.Ordinal);
    }

    private static string Encode(Assembly assembly, string resource)
    {
        using var file = new MemoryStream();
        using var source = assembly.GetManifestResourceStream(resource)!;
        source.CopyTo(file);
        return Convert.ToBase64String(file.ToArray());
    }
}
