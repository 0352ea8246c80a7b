namespace KernelGateway.Conformance.Checks;

/// <summary>Sections of the document "Messaging in Jupyter".</summary>
internal static class Sections
{
    public const string Wire = "The wire protocol";
    public const string Header = "Message header";
    public const string Parent = "Parent header";
    public const string Compatibility = "Compatibility";
    public const string RequestReply = "Request-Reply";
    public const string Execute = "Execute";
    public const string ExecutionResults = "Execution results";
    public const string ExecutionCounter = "Execution counter (prompt number)";
    public const string Introspection = "Introspection";
    public const string Completion = "Completion";
    public const string CursorPosition = "What is cursor_pos?";
    public const string History = "History";
    public const string Completeness = "Code completeness";
    public const string Connect = "Connect";
    public const string CommInfo = "Comm info";
    public const string KernelInfo = "Kernel info";
    public const string Shutdown = "Kernel shutdown";
    public const string Interrupt = "Kernel interrupt";
    public const string Debug = "Debug request";
    public const string Subshells = "Subshells";
    public const string Streams = "Streams (stdout, stderr, etc)";
    public const string Display = "Display Data";
    public const string UpdateDisplay = "Update Display Data";
    public const string CodeInputs = "Code inputs";
    public const string Errors = "Execution errors";
    public const string Status = "Kernel status";
    public const string ClearOutput = "Clear output";
    public const string Welcome = "Welcome message";
    public const string Stdin = "Messages on the stdin (ROUTER/DEALER) channel";
    public const string Heartbeat = "Heartbeat for kernels";
    public const string Comms = "Custom Messages";
    public const string Sockets = "Introduction: the sockets";
}
