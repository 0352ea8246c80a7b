namespace KernelGateway.Executions;

/// <summary>The kind of an entry of an execution's journal.</summary>
internal enum ExecutionEventKind : byte
{
    /// <summary>The kernel accepted the code and gave it a number.</summary>
    Started = 1,

    /// <summary>A chunk of standard output, as the kernel sent it.</summary>
    Stdout,

    /// <summary>A chunk of standard error, as the kernel sent it.</summary>
    Stderr,

    /// <summary>The value of the cell (<c>execute_result</c>).</summary>
    Result,

    /// <summary>Displayed data (<c>display_data</c>).</summary>
    Display,

    /// <summary>New data for earlier displays with the same display id (<c>update_display_data</c>).</summary>
    ResultUpdate,

    /// <summary>The code asks to clear the output so far (<c>clear_output</c>).</summary>
    ClearOutput,

    /// <summary>The code raised.</summary>
    Error,

    /// <summary>The code waits for a line of input.</summary>
    InputRequest,

    /// <summary>The execution has ended.</summary>
    End,
}
