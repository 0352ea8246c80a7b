namespace KernelGateway.Notebooks;

/// <summary>The input is not a notebook that can be run. Nothing was started.</summary>
public sealed class NotebookFormatException : KernelGatewayException
{
    internal NotebookFormatException(string field, string message, Exception? innerException = null)
        : base(message, innerException) => Field = field;

    /// <summary>Gets the field that is wrong, as a path such as <c>cells[3].source</c>; empty when there is no JSON object at all.</summary>
    public string Field { get; }
}
