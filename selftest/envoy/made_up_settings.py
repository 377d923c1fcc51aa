"""Bodies of settings and of the rest of the ensemble, with made-up values."""


def pcs(**changes: object) -> dict[str, object]:
    return {
        "pcsOffering": {
            "PVOversubscription": False,
            "EnchargeOversubscription": False,
            "MPUAvoidance": True,
        },
        "mainCircuitBreaker": 150.0,
        "mainPanelBusbar": 175.0,
        "mainPanelDERBreaker": 60.0,
        "pvBreaker": 30.0,
        "enchargeBreaker": 20.0,
        "consumptionMeterLocation": "Between_Main_Load_Panel_and_Enpower",
        "override": False,
        "max_back_feed": 40.0,
    } | changes


def contact(name: str, **changes: object) -> dict[str, object]:
    return {
        "id": name,
        "type": "NONE",
        "grid_action": "none",
        "micro_grid_action": "none",
        "gen_action": "none",
        "override": "false",
        "load_name": "",
        "mode": "manual",
        "soc_low": 25.0,
        "soc_high": 65.0,
        "pv_serial_nb": [],
    } | changes


def gen_config(**changes: object) -> dict[str, object]:
    return {
        "max_cont_gen_amps": 41.5,
        "min_gen_loading_perc": 7,
        "max_gen_efficiency_perc": 90,
        "name_plate_rating_wat": 10.0,
        "start_method": "Auto",
        "warm_up_mins": 1,
        "cool_down_mins": 2,
        "gen_type": "Standby",
        "model": "made up",
        "manufacturer": "nobody",
        "last_updated_by": "ITK",
        "generator_id": "",
        "charge_from_generator": True,
    } | changes


def gen_schedule(**changes: object) -> dict[str, object]:
    return {
        "exercise_config": {"freq_in_weeks": 2, "start": 600, "duration": 15, "day": "Wed"},
        "default_soc": {"start_soc": 25, "stop_soc": 65},
        "schedule": {"default": []},
        "last_updated_by": "ITK",
    } | changes


def rates(**storage: object) -> dict[str, object]:
    return {
        "currency": {"code": "USD"},
        "logger": "mylogger",
        "date": "1790000000",
        "storage_settings": {
            "mode": "self-consumption",
            "operation_mode_sub_type": "",
            "reserved_soc": 20.0,
            "very_low_soc": 5,
            "charge_from_grid": False,
            "date": "1790000000",
        }
        | storage,
        "single_rate": {"rate": 0.21, "sell": 0.02},
        "seasons": [],
        "seasons_sell": [],
    }


def inverter(serial_number: str, **changes: object) -> dict[str, object]:
    return {
        "serial_num": serial_number,
        "device_type": "PCU",
        "device_record_type": "AGF",
        "admin_state": 1,
        "ph_ind": "ph-a",
        "gcpa_ph_ind": "ph-a",
        "man_ph_ind": "ph-unk",
        "status": 2,
        "message": "cookie:0,VVAR:1,FRT:1",
    } | changes
