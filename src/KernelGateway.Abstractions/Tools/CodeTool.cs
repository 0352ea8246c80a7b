using KernelGateway.Tools.Results;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Tools;

/// <summary>One tool for a model: its description, and what happens when the model calls it.</summary>
/// <remarks>It knows no framework. An adapter passes the description to the model and the model's arguments to <see cref="InvokeAsync"/>.</remarks>
public abstract class CodeTool
{
    private protected CodeTool()
    {
    }

    /// <summary>Gets the name by which a model calls it, as <c>run_code</c>.</summary>
    public abstract string Name { get; }

    /// <summary>Gets a description for a model: what it does, what comes back, what it keeps.</summary>
    public abstract string Description { get; }

    /// <summary>Gets the JSON schema of its arguments, an object, as JSON.</summary>
    public string InputSchema => new JObject
    {
        ["type"] = "object",
        ["properties"] = Properties,
        ["required"] = new JArray(RequiredArguments),
        ["additionalProperties"] = false,
    }.ToString(Formatting.None);

    /// <summary>Gets a value indicating whether it changes nothing.</summary>
    public virtual bool IsReadOnly => false;

    private protected abstract JObject Properties { get; }

    private protected abstract string[] RequiredArguments { get; }

    /// <summary>Does what the model asked for.</summary>
    /// <param name="arguments">
    /// The arguments by name, as <see cref="InputSchema"/> describes them: .NET values, or elements of System.Text.Json or Newtonsoft.Json.
    /// </param>
    /// <param name="cancellationToken">Interrupts the code, kills the command, or stops the transfer of the file.</param>
    /// <returns>
    /// The result. Failures that the model can understand are results too: arguments that do not fit, code that raises, a file that does not exist, a
    /// service that cannot be reached.
    /// </returns>
    /// <exception cref="OperationCanceledException">The token fired before the end.</exception>
    public async Task<ToolResult> InvokeAsync(IReadOnlyDictionary<string, object?> arguments, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        try
        {
            return await RunAsync(new ToolArguments(arguments), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is KernelGatewayException or ArgumentException)
        {
            return ToolResult.FromError(failure.Message);
        }
    }

    private protected abstract Task<ToolResult> RunAsync(ToolArguments arguments, CancellationToken cancellationToken);

    private protected static JObject Describe(string type, string description) => new() { ["type"] = type, ["description"] = description };

    private protected static JObject DescribeNumber(string description, int minimum, int? maximum = null)
    {
        var number = Describe("integer", description);
        number["minimum"] = minimum;
        if (maximum is not null) number["maximum"] = maximum;
        return number;
    }
}
