using System.Text;

namespace KernelGateway.Languages;

/// <summary>Octave: <c>setenv</c>, names and old values kept in the application data of the root object.</summary>
/// <remarks>
/// Octave cannot distinguish an empty variable from one that is not set, so an empty one is removed when it is restored.
/// </remarks>
internal sealed class OctaveProfile : LanguageProfile
{
    private const string Names = "\"kernelgateway_names\"";
    private const string Saved = "\"kernelgateway_saved\"";

    private OctaveProfile()
    {
    }

    public static OctaveProfile Instance { get; } = new();

    public override string RestoreVariables =>
        $"""
        cellfun(@unsetenv, getappdata(0, {Names})(cellfun(@isempty, getappdata(0, {Saved}))));
        cellfun(@setenv, getappdata(0, {Names})(!cellfun(@isempty, getappdata(0, {Saved}))), getappdata(0, {Saved})(!cellfun(@isempty, getappdata(0, {Saved}))));
        setappdata(0, {Names}, cell(1, 0));
        setappdata(0, {Saved}, cell(1, 0));
        """;

    public override string SetVariables(IReadOnlyDictionary<string, string> variables)
    {
        var names = string.Join(", ", variables.Keys.Select(EscapeBytes));
        var values = string.Join(", ", variables.Values.Select(EscapeBytes));
        return $$"""
            setappdata(0, {{Names}}, {{{names}}});
            setappdata(0, {{Saved}}, cellfun(@getenv, {{{names}}}, "UniformOutput", false));
            cellfun(@setenv, {{{names}}}, {{{values}}});
            """;
    }

    public override string ChangeVariables(IReadOnlyDictionary<string, string?> changes) =>
        string.Join('\n', changes.Select(Change));

    private static string Change(KeyValuePair<string, string?> change) =>
        change.Value is { } value
            ? $"setenv({EscapeBytes(change.Key)}, {EscapeBytes(value)});"
            : $"unsetenv({EscapeBytes(change.Key)});";

    // Octal escapes, and no brackets: at each closing one an Octave that was not started by the gateway stops for half a second.
    private static string EscapeBytes(string text) =>
        $"\"{string.Concat(Encoding.UTF8.GetBytes(text).Select(value => $"\\{Convert.ToString(value, 8).PadLeft(3, '0')}"))}\"";
}
